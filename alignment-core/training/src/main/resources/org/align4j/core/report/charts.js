"use strict";
// Draws charts into a place; called again with newer ones, it keeps what stands and what a person zoomed into.
const showCharts = (() => {
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const faint = (hex, alpha) => hex + Math.round(alpha * 255).toString(16).padStart(2, "0");
  const minus = text => text.replace("-", "\u2212");
  const FORMATS = {
    percent: v => minus((100 * v).toFixed(Math.abs(v) < 1 && v !== 0 ? 1 : 0)) + "\u202f%",
    scientific: v => v === 0 ? "0" : minus(v.toExponential(2).replace("e+", "e").replace(/\.?0+e/, "e")),
    gibibytes: v => v.toFixed(2) + " GiB",
    number: v => {
      const size = Math.abs(v);
      if (size !== 0 && (size < 1e-3 || size >= 1e7)) return FORMATS.scientific(v);
      return minus(v.toLocaleString("en", { maximumFractionDigits: size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 4 }));
    },
  };
  const AXIS = {
    percent: v => minus(String(+(100 * v).toFixed(1))) + "\u202f%",
    scientific: FORMATS.scientific,
    gibibytes: v => +v.toFixed(3) + " GiB",
    number: v => {
      const size = Math.abs(v);
      if (size >= 1e6) return minus(+(v / 1e6).toFixed(2) + " M");
      if (size >= 1e4) return minus(+(v / 1e3).toFixed(1) + " k");
      return size !== 0 && size < 1e-3 ? FORMATS.scientific(v) : minus(String(+v.toPrecision(6)));
    },
  };

  // Moving mean over a fortieth of the run, weighted so that the ends stay honest.
  const smoothed = values => {
    const half = Math.max(1, Math.round(values.length / 40));
    return values.map((_, i) => {
      let sum = 0, weight = 0;
      for (let j = Math.max(0, i - half); j <= Math.min(values.length - 1, i + half); j++) {
        if (values[j] === null) continue;
        const w = half + 1 - Math.abs(i - j);
        sum += w * values[j];
        weight += w;
      }
      return weight ? sum / weight : null;
    });
  };

  // The columns of a chart: each line's values, the faint raw ones of a noisy line, and the bounds of its band.
  const columns = chart => {
    const tables = [], series = [{ label: "step" }], bands = [];
    const value = (_, v) => v == null ? "\u2013" : FORMATS[chart.format](v);
    const add = (steps, values, options) => {
      tables.push([steps, values]);
      series.push({ spanGaps: false, points: { show: false }, ...options });
    };
    for (const given of chart.lines) {
      const bytes = chart.format === "gibibytes";
      const line = bytes ? { ...given, values: given.values.map(v => v === null ? null : v / 2 ** 30) } : given;
      const ink = colour(line.colour);
      const noisy = line.smooth && line.values.length >= 20;
      if (noisy) add(line.steps, line.values, { stroke: faint(ink, .28), width: 1, legend: false, spanGaps: true });
      if (line.low.length) {
        add(line.steps, line.high, { legend: false, width: 0, spanGaps: true });
        add(line.steps, line.low, { legend: false, width: 0, spanGaps: true });
        bands.push({ series: [series.length - 2, series.length - 1], fill: faint(ink, .12) });
      }
      const few = line.values.length <= 40;
      add(line.steps, noisy ? smoothed(line.values) : line.values, {
        label: line.label, stroke: ink, width: 1.75, value, spanGaps: true,
        points: { show: few && (line.points || line.values.length < 20), size: 6, stroke: ink, fill: ink },
      });
    }
    return { data: uPlot.join(tables), series, bands };
  };

  const range = chart => (_, low, high) => {
    if (low == null) return [0, 1];
    if (chart.format === "percent") return [Math.min(0, low), Math.max(1, high)];
    const pad = (high - low || Math.abs(high) || 1) * .06;
    return [low >= 0 && low - pad < 0 ? 0 : low - pad, high + pad];
  };

  // A dashed line at each value that is worth knowing, where the axis reaches it.
  const marks = (u, chart) => {
    const { left, top, width, height } = u.bbox, ctx = u.ctx;
    for (const mark of chart.marks) {
      const y = u.valToPos(mark.value, "y", true);
      if (!(y >= top && y <= top + height)) continue;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = colour("muted");
      ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
      ctx.font = 11 * devicePixelRatio + "px system-ui, sans-serif";
      ctx.textAlign = "right";
      ctx.textBaseline = "alphabetic";
      ctx.fillText(mark.label, left + width - 4 * devicePixelRatio, y - 4 * devicePixelRatio);
      ctx.restore();
    }
  };

  // The legend shows each line's own last value where the pointer is nowhere.
  const lastOfEach = u => u.setLegend({ idxs: u.data.map(values => values.findLastIndex(v => v != null)) });

  // What newer figures must share with a drawing to be shown in it.
  const form = chart => JSON.stringify([chart.format, chart.logarithmic, chart.marks,
    chart.lines.map(l => [l.label, l.colour, l.low.length > 0, l.smooth && l.values.length >= 20, l.values.length <= 40, l.values.length < 20])]);

  const draw = (chart, box) => {
    const { data, series, bands } = columns(chart);
    const axis = {
      stroke: colour("muted"), font: "12px system-ui, sans-serif", ticks: { show: false },
      grid: { stroke: colour("grid"), width: 1 },
    };
    const width = () => box.clientWidth;
    const plot = new uPlot({
      width: width(), height: 210, series, bands,
      cursor: { sync: { key: "step" }, y: false, points: { size: 6 } },
      scales: { x: { time: false }, y: chart.logarithmic ? { distr: 3 } : { range: range(chart) } },
      axes: [
        { ...axis, size: 30, space: 60, grid: { show: false }, values: (_, ticks) => ticks.map(v => Number.isInteger(v) ? AXIS.number(v) : "") },
        { ...axis, size: (_, values) => 14 + 6.8 * Math.max(2, ...(values || []).map(v => (v || "").length)), space: 36,
          values: (_, ticks) => ticks.map(v => v == null ? "" : AXIS[chart.format](v)) },
      ],
      hooks: { draw: [u => marks(u, chart)], ready: [lastOfEach] },
      legend: { live: true, markers: { fill: (u, i) => series[i].stroke } },
    }, data, box);
    const showLast = () => lastOfEach(plot);
    plot.over.addEventListener("mouseleave", () => setTimeout(showLast));
    setTimeout(showLast);
    const rows = plot.root.querySelectorAll(".u-legend .u-series");
    series.forEach((s, i) => { if (s.legend === false && rows[i]) rows[i].style.display = "none"; });
    const observer = new ResizeObserver(() => plot.setSize({ width: width(), height: 210 }));
    observer.observe(box);
    return {
      form: form(chart),
      remove: () => { observer.disconnect(); plot.destroy(); },
      take: newer => {
        const x = plot.scales.x, steps = plot.data[0], zoomed = x.min > steps[0] || x.max < steps[steps.length - 1];
        plot.setData(columns(newer).data, !zoomed);
        if (zoomed) plot.redraw();
        showLast();
      },
    };
  };

  const frames = (place, charts) => {
    const boxes = [];
    for (const chart of charts) {
      let group = place.lastElementChild;
      if (!group || group.dataset.group !== chart.group) {
        const heading = document.createElement("h2");
        heading.className = "group";
        heading.textContent = chart.group;
        group = document.createElement("div");
        group.className = "charts";
        group.dataset.group = chart.group;
        place.append(heading, group);
      }
      const figure = document.createElement("figure"), caption = document.createElement("figcaption");
      const note = document.createElement("p"), box = document.createElement("div");
      figure.className = "chart";
      caption.textContent = chart.title;
      note.textContent = chart.note;
      if (chart.term && document.getElementById("term-" + chart.term)) {
        const link = document.createElement("a");
        link.href = "#term-" + chart.term;
        link.textContent = document.querySelector("#term-" + chart.term + " dt").textContent;
        note.append(" What it means: ", link, ".");
      }
      caption.append(note);
      figure.append(caption, box);
      group.append(figure);
      boxes.push(box);
    }
    return boxes;
  };

  return place => {
    let charts = [], boxes = [], plots = [], heads = "";
    const redraw = () => {
      plots.forEach(plot => plot.remove());
      plots = boxes.map((box, i) => draw(charts[i], box));
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    // Paper has another width than the screen, and is light.
    matchMedia("print").addEventListener("change", redraw);
    return newer => {
      const newerHeads = JSON.stringify(newer.map(c => [c.group, c.title, c.note]));
      charts = newer;
      if (newerHeads !== heads) {
        heads = newerHeads;
        plots.forEach(plot => plot.remove());
        plots = [];
        place.replaceChildren();
        boxes = frames(place, charts);
        redraw();
        return;
      }
      charts.forEach((chart, i) => {
        if (plots[i].form === form(chart)) {
          plots[i].take(chart);
        } else {
          plots[i].remove();
          plots[i] = draw(chart, boxes[i]);
        }
      });
    };
  };
})();
