const form = document.querySelector(".filter");
const tests = [...document.querySelectorAll("details.test")].map((element) => ({
  element, text: element.textContent.toLowerCase(), kinds: element.dataset.kinds.split(" "),
}));
form.addEventListener("submit", (event) => event.preventDefault());
function filter() {
  const text = form.elements.text.value.toLowerCase(), kind = form.elements.kind.value;
  let shown = 0;
  for (const test of tests) {
    const matches = test.text.includes(text) && (!kind || test.kinds.includes(kind));
    test.element.hidden = !matches;
    shown += matches;
  }
  form.querySelector("output").value = `${shown} of ${tests.length} tests`;
}
form.addEventListener("input", filter);
form.addEventListener("change", filter);
