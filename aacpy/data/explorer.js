// Moves the δ explorer around it: everything it shows is prepared in the JSON beside it.
(() => {
  const root = document.currentScript.closest(".aac-explorer");
  const find = (name) => root.querySelector(`.aacx-${name}`);
  const { stages } = JSON.parse(find("data").textContent);
  const stageBox = find("stage"), slider = find("delta"), clusterBox = find("cluster");
  const stage = () => stages[stageBox.value];

  function showDelta() {
    const frame = stage().frames[slider.value];
    for (const element of root.querySelectorAll("[data-k]")) {
      for (const [name, value] of Object.entries(frame[element.dataset.k])) {
        if (name === "text") element.textContent = value;
        else element.setAttribute(name, value);
      }
    }
    find("value").textContent = slider.value;
    find("said").textContent = stage().said[slider.value];
    slider.setAttribute("aria-valuetext", stage().said[slider.value]);
    const cluster = stage().clusters[clusterBox.value];
    if (cluster) find("after").innerHTML = cluster.after[cluster.at[slider.value]];
  }

  function showCluster() {
    const cluster = stage().clusters[clusterBox.value];
    find("before").innerHTML = cluster ? cluster.before : "";
    if (!cluster) find("after").innerHTML = "";
    showDelta();
  }

  function showStage() {
    find("numbers-and-charts").innerHTML = stage().view;
    clusterBox.replaceChildren(...stage().clusters.map((c, i) => new Option(c.name, i)));
    showCluster();
  }

  stageBox.addEventListener("change", showStage);
  slider.addEventListener("input", showDelta);
  clusterBox.addEventListener("change", showCluster);
  find("controls").hidden = false;
  find("still").hidden = true;
  showStage(); // a browser may have kept other values of the controls
})();
