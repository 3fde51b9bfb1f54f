// Runs when the examples appear; Gradio passes `element` and `trigger`.
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-question]');
  if (!button) return;
  document.querySelector('#question textarea').focus();
  trigger('example', { question: button.dataset.question });
});
