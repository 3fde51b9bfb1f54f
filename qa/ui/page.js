// Runs when the conversation appears; Gradio passes `element`, `trigger` and `watch`.
const wide = window.matchMedia('(min-width: 56rem)');
const right = () => document.getElementById('right');
const source = () => document.getElementById('source');
const box = () => document.querySelector('#question textarea');
const place = ({ dataset }) => [dataset.document, dataset.start, dataset.end].join('\n');
let wanted = '';
let shown = '';

const scroll = () => {
  const mark = source().querySelector('mark');
  if (mark) mark.scrollIntoView({ block: 'start' });
  else source().scrollTo({ top: 0 });
};

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
  right().classList.remove('browsing');
  // The list, with the button that was pressed in it, is out of sight now.
  if (here && document.activeElement === document.body) source().querySelector('h2').focus({ preventScroll: true });
  // Where the panes stand one above the other, only a click may move the page.
  if (wide.matches || here === wanted) scroll();
};

const copy = async (button) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch { // no clipboard outside https and this machine
    const area = Object.assign(document.createElement('textarea'), { value: button.dataset.copy });
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
    button.focus();
  }
  button.textContent = 'Copied';
  say(button);
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
};

// A question is edited where it stands: asked again, it replaces itself and what followed.
let editing = null; // what is being typed: it outlives the conversation's being set anew
const edit = (turn, button, value = button.dataset.edit, reopened = false) => {
  const asked = turn.querySelector('.asked');
  if (!asked) return turn.querySelector('.editing textarea').focus(); // it is being edited already
  const form = document.createElement('form');
  form.className = 'editing';
  const area = Object.assign(document.createElement('textarea'), { value, rows: 2, maxLength: 500 });
  area.setAttribute('aria-label', 'Your question, to be asked again');
  area.dir = 'auto';
  const ask = Object.assign(document.createElement('button'), { textContent: 'Ask', className: 'tool' });
  const leave = Object.assign(document.createElement('button'), { textContent: 'Cancel', className: 'tool', type: 'button' });
  form.append(area, ask, leave);
  const remember = () => { editing = { id: turn.dataset.id, key: button.dataset.key, value: area.value }; };
  area.addEventListener('input', remember);
  remember();
  const close = () => { editing = null; form.replaceWith(asked); button.focus(); };
  leave.addEventListener('click', close);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (area.value.trim()) revise(turn, area.value, Boolean(button.dataset.literal));
  });
  area.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
    if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
  });
  asked.replaceWith(form);
  if (reopened && document.activeElement !== document.body) return;
  area.focus({ preventScroll: reopened });
  if (!reopened) area.select();
};

const revise = (turn, question, literal) => {
  editing = null;
  box().focus({ preventScroll: true });
  trigger('revise', { id: turn.dataset.id, question, literal });
};

element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  const turn = button?.closest('.turn');
  if (!button) return;
  const { dataset } = button;
  if (dataset.document) {
    wanted = place(button);
    if (wanted === shown) {
      right().classList.remove('browsing');
      scroll();
    } else trigger('open', { ...dataset });
  } else if ('copy' in dataset) copy(button);
  else if ('edit' in dataset) edit(turn, button);
  else if ('again' in dataset) revise(turn, dataset.again, false);
  else if (dataset.vote) trigger('vote', { id: turn.dataset.id, vote: dataset.vote });
  else if (dataset.silent) trigger('correct', { id: turn.dataset.id, right: '', silent: true });
});

element.addEventListener('submit', (event) => {
  if (!event.target.matches('.correction')) return;
  event.preventDefault();
  const turn = event.target.closest('.turn');
  trigger('correct', { id: turn.dataset.id, right: event.target.elements.right.value, silent: false });
});

// Gradio sets the whole conversation anew: what was focused, typed and unfolded is found again by its key.
let focused = '';
let last = '';
const typed = new Map();
const unfolded = new Set();
const keyOf = (details) => details.closest('.turn').dataset.id + details.querySelector('summary').textContent;
element.addEventListener('focusin', (event) => { focused = event.target.dataset.key ?? ''; });
element.addEventListener('focusout', (event) => { if (event.relatedTarget) focused = ''; });
element.addEventListener('input', ({ target }) => { if (target.dataset.key) typed.set(target.dataset.key, target.value); });
element.addEventListener('toggle', ({ target }) => {
  if (target.open) unfolded.add(keyOf(target));
  else unfolded.delete(keyOf(target));
}, true);

// A region that is there from the beginning, as screen readers want it.
const say = (...parts) => {
  const aloud = document.querySelector('#aloud [role=status]');
  const text = parts.map((part) => part.textContent.trim()).join('. ');
  if (aloud.textContent !== text) aloud.textContent = text;
};

watch('value', () => {
  for (const details of element.querySelectorAll('details')) details.open = unfolded.has(keyOf(details));
  for (const input of element.querySelectorAll('.correction input')) input.value = typed.get(input.dataset.key) ?? '';
  const edited = editing && element.querySelector(`.turn[data-id="${CSS.escape(editing.id)}"]`);
  const reopen = edited?.querySelector('.asked') && edited.querySelector(`[data-key="${CSS.escape(editing.key)}"]`);
  if (reopen) edit(edited, reopen, editing.value, true);
  point(shown);
  const end = element.querySelector('.turn:last-of-type');
  const now = end ? end.dataset.id + Boolean(end.querySelector('.pending')) : '';
  const notice = element.querySelector('[role=region] > .notice:last-child');
  if (now !== last || notice) (notice ?? end)?.scrollIntoView({ block: 'start' });
  last = now;
  const again = focused ? element.querySelector(`[data-key="${CSS.escape(focused)}"]`) : null;
  const thanks = again?.closest('.turn').querySelector('.thanks');
  if (notice ?? thanks) say(notice ?? thanks);
  else if (end) say(...end.querySelectorAll('.pending, .silence, mark, .answer > .confidence, .turn > .notice'));
  const correction = again?.dataset.vote === 'down' && again.closest('.turn').querySelector('.correction input');
  const lost = !element.contains(document.activeElement);
  if (correction && (lost || again === document.activeElement)) {
    correction.focus({ preventScroll: true });
    correction.closest('form').scrollIntoView({ block: 'nearest' });
  } else if (again && lost) again.focus({ preventScroll: true });
});

requestAnimationFrame(() => {
  new MutationObserver(reveal).observe(source(), { childList: true, subtree: true, characterData: true, attributes: true });
  source().addEventListener('click', (event) => {
    if (event.target.closest('.list')) {
      right().classList.add('browsing');
      document.querySelector('#articles button')?.focus({ preventScroll: true });
    } else if (event.target.closest('.back')) {
      element.querySelector('[aria-current]')?.scrollIntoView({ block: 'center' });
      box().focus({ preventScroll: true });
    }
  });
});
