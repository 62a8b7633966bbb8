// What the book's pages do beyond the theme, from their own file and without a network: tables that
// sort, points of figures that say their values, tab stops where something scrolls sideways.
(() => {
  "use strict";

  // Sorting. A group of rows is one <tbody> and moves as a whole; a table without groups has one.
  const missing = (cell) => !cell || cell.hasAttribute("data-missing");

  // The cell by which an item sorts: that of its chosen row, of its first row where none is chosen.
  // Rows under a shared heading lack its cell, so columns count from the right.
  function keyCell(item, column, columns) {
    const rows = item.tagName === "TR" ? [item] : [...item.rows];
    const row = column ? rows.find((r) => r.classList.contains("aac-chosen")) ?? rows[0] : rows[0];
    const cell = row.cells[column - (columns - row.cells.length)];
    return missing(cell) ? null : cell;
  }

  function compare(a, b, sign) {
    if (!a || !b) return Boolean(b) - Boolean(a); // those without a value stay last
    const [x, y] = [a.dataset.value, b.dataset.value];
    if (x !== undefined && y !== undefined) return sign * (Number(x) - Number(y));
    if ((x === undefined) !== (y === undefined)) return x === undefined ? 1 : -1;
    return sign * a.textContent.trim().localeCompare(b.textContent.trim(), "en", { numeric: true });
  }

  function makeSortable(table) {
    const heads = [...table.tHead.rows[0].cells];
    const grouped = table.tBodies.length > 1;
    const items = grouped ? [...table.tBodies] : [...table.tBodies[0].rows];
    const parent = grouped ? table : table.tBodies[0];

    function sort(column) {
      const head = heads[column];
      const keys = new Map(items.map((item) => [item, keyCell(item, column, heads.length)]));
      const first = items.some((item) => keys.get(item)?.dataset.value !== undefined)
        ? "descending" : "ascending"; // of numbers the largest first, of words the first
      const second = first === "ascending" ? "descending" : "ascending";
      const now = head.getAttribute("aria-sort");
      const next = now === null ? first : now === first ? second : null;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      const order = [...items];
      if (next) {
        head.setAttribute("aria-sort", next);
        const sign = next === "ascending" ? 1 : -1;
        order.sort((a, b) => compare(keys.get(a), keys.get(b), sign));
      }
      parent.append(...order);
    }

    heads.forEach((head, column) => {
      if (!head.textContent.trim()) return; // a button needs a name
      const button = document.createElement("button");
      button.type = "button";
      button.className = "aac-sort";
      button.title = "Sort by this column; the third time restores the order";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(column));
      head.append(button);
    });
  }

  // Values of points. Browsers show an SVG <title> late, and not at all on touch.
  function showValues() {
    const box = document.createElement("div");
    box.className = "aac-value";
    box.hidden = true;
    document.body.append(box);
    document.querySelectorAll(".aac-hover > title").forEach((title) => {
      title.parentElement.dataset.text = title.textContent;
      title.remove();
    });
    const hide = () => { box.hidden = true; };
    document.addEventListener("pointerover", (event) => {
      const point = event.target.closest?.(".aac-hover");
      if (!point) return hide();
      box.textContent = point.dataset.text;
      box.hidden = false;
      const at = point.getBoundingClientRect();
      const room = document.documentElement.clientWidth - box.offsetWidth - 4;
      const left = at.left + at.width / 2 - box.offsetWidth / 2;
      const above = at.top - box.offsetHeight - 6;
      box.style.left = `${Math.max(4, Math.min(left, room))}px`;
      box.style.top = `${above < 4 ? at.bottom + 6 : above}px`;
    });
    document.addEventListener("scroll", hide, { capture: true, passive: true });
  }

  // A part that scrolls sideways must be reachable by keyboard; one that does not, need not.
  function setTabStops() {
    document.querySelectorAll(".aac-scroll, .aac-figure > div").forEach((part) => {
      if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
      else part.removeAttribute("tabindex");
    });
  }

  function start() {
    document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
    showValues();
    setTabStops();
    window.addEventListener("resize", setTabStops);
    document.addEventListener("toggle", setTabStops, true); // a folded table that opens
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
