"use strict";
{
  showCharts(document.getElementById("charts"))(CHARTS);
  // A link into the fold-out unfolds it; on paper it is unfolded too.
  const unfold = () => {
    const aim = location.hash.startsWith("#term-") && document.getElementById(location.hash.slice(1));
    if (!aim) return;
    aim.closest("details").open = true;
    aim.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  unfold();
  addEventListener("beforeprint", () => document.querySelectorAll("#glossary details").forEach(d => { d.open = true; }));
}
