// Runs when the conversation appears; Gradio passes `element`, `trigger` and `watch`.
const wide = window.matchMedia('(min-width: 56rem)');
const source = () => document.getElementById('source');
const box = () => document.querySelector('#question textarea');
const place = ({ dataset }) => [dataset.document, dataset.start, dataset.end].join('\n');
let wanted = '';
let shown = '';

const scroll = () => source().querySelector('mark')?.scrollIntoView({ block: 'start' });

const point = (here) => {
  for (const button of element.querySelectorAll('button[data-document]')) {
    if (place(button) === here) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
};

const reveal = () => {
  const article = source().querySelector('article');
  const here = article ? place(article) : '';
  point(here);
  // Gradio touches the pane for reasons of its own too; who reads on in it isn't to be thrown back.
  if (here === shown) return;
  shown = here;
  // Where the panes stand one above the other, only a click may move the page.
  if (wide.matches || here === wanted) scroll();
};

element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button?.dataset.document) {
    wanted = place(button);
    if (wanted === shown) scroll();
    else trigger('open', { ...button.dataset });
  } else if (button?.dataset.question) {
    box().focus();
    trigger('example', { question: button.dataset.question });
  }
});

watch('value', () => {
  point(shown);
  element.querySelector('.turn:last-of-type, .notice:last-child')?.scrollIntoView({ block: 'start' });
});

requestAnimationFrame(() => {
  new MutationObserver(reveal).observe(source(), { childList: true, subtree: true, characterData: true, attributes: true });
  source().addEventListener('click', (event) => {
    if (!event.target.closest('.back')) return;
    element.querySelector('[aria-current]')?.scrollIntoView({ block: 'center' });
    box().focus({ preventScroll: true });
  });
});
