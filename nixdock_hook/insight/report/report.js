"use strict";
// Tables work without this: it adds a search to the components, and an order to each table's columns.
(() => {
  const find = document.getElementById("find");
  const components = document.getElementById("components-table");
  if (find && components) {
    const rows = [...components.tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const found = document.getElementById("found");
    const search = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      rows.forEach((row, number) => {
        row.hidden = !words.every((word) => texts[number].includes(word));
        count += !row.hidden;
      });
      found.textContent = `${count} of ${rows.length} shown`;
    };
    find.addEventListener("input", search);
    find.closest("[hidden]").hidden = false;
    search();
  }

  const units = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
  const value = (row, column) => {
    const text = row.cells[column].textContent;
    const size = /^([+-]?[\d.,]+)(?: ([kMGT]?B))?$/.exec(text);
    return size ? Number(size[1].replaceAll(",", "")) * (units[size[2]] || 1) : text;
  };
  const compare = (a, b) =>
    typeof a === typeof b ? (typeof a === "number" ? a - b : a.localeCompare(b)) : typeof a === "number" ? -1 : 1;
  const order = (head, table) => {
    const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows].map((row) => [value(row, head.cellIndex), row]);
    rows.sort((a, b) => sign * compare(a[0], b[0]));
    table.tBodies[0].append(...rows.map((pair) => pair[1]));
  };
  for (const table of document.querySelectorAll("table")) {
    for (const head of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.title = "Sort by this column";
      button.append(...head.childNodes);
      button.addEventListener("click", () => order(head, table));
      head.append(button);
    }
  }
})();
