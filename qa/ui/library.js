// Runs when the list of articles appears; Gradio passes `element`, `trigger` and `watch`.
let focused = '';
element.addEventListener('focusin', (event) => { focused = event.target.dataset.key ?? ''; });

element.addEventListener('change', ({ target }) => {
  if (target.dataset.choose) trigger('choose', { document: target.dataset.choose, wanted: target.checked, every: false });
});

element.addEventListener('click', (event) => {
  const dataset = event.target.closest('button')?.dataset ?? {};
  if (dataset.document) {
    document.getElementById('right').classList.remove('browsing');
    trigger('open', { ...dataset });
  } else if (dataset.all) trigger('choose', { document: '', wanted: dataset.all === 'yes', every: true });
  else if (dataset.remove && event.detail < 2) trigger('remove', { document: dataset.remove }); // not the next one too
  else if (dataset.discard) trigger('discard', {});
});

element.addEventListener('submit', (event) => {
  event.preventDefault();
  trigger('keep', { name: event.target.elements.name.value });
});

// Gradio sets the whole list anew: what was focused is found again by its key.
watch('value', () => {
  for (const input of element.querySelectorAll('input[data-choose]')) input.checked = input.hasAttribute('checked');
  if (focused && document.activeElement === document.body) {
    element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  const said = element.querySelector('.said').textContent;
  const aloud = document.querySelector('#aloud [role=status]');
  if (said && aloud.textContent !== said) aloud.textContent = said;
});
