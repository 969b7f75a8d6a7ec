'use strict';
const search = document.getElementById('search');
const found = document.getElementById('found');
if (search) {
  const examples = Array.from(document.querySelectorAll('.example'));
  const texts = examples.map(example => example.textContent.toLowerCase());
  search.addEventListener('input', () => {
    const sought = search.value.trim().toLowerCase();
    let count = 0;
    examples.forEach((example, i) => {
      const hit = texts[i].includes(sought);
      example.classList.toggle('none', !hit);
      count += hit ? 1 : 0;
      if (sought && hit) {
        example.closest('details').open = true;
      }
    });
    found.textContent = sought ? count + ' of ' + examples.length + ' examples' : '';
  });
}
