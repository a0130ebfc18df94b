// Theme, sortable tables and charts of a report. The charts' data stand beside their canvases (chart_json.h).
"use strict";
(() => {
  const root = document.documentElement;
  const charts = [];

  // What the reader chose last, where the browser remembers it for files; else what the system says.
  function rememberedTheme() {
    try { return localStorage.getItem("kallos-theme"); } catch { return null; }
  }
  function rememberTheme(theme) {
    try { localStorage.setItem("kallos-theme", theme); } catch { /* the page works without a memory */ }
  }
  const system = matchMedia("(prefers-color-scheme: dark)");
  function setTheme(theme) {
    root.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) button.textContent = theme === "dark" ? "Light" : "Dark";
    drawCharts();
  }
  root.dataset.theme = rememberedTheme() || (system.matches ? "dark" : "light");

  function colourOf(name) {
    return getComputedStyle(root).getPropertyValue(name).trim();
  }
  function withAlpha(hex, alpha) {
    return hex + Math.round(255 * alpha).toString(16).padStart(2, "0");
  }

  // Intervals: a band behind a line, bars through dots.
  const spread = {
    id: "spread",
    beforeDatasetDraw(chart, { index, meta }) {
      const dataset = chart.data.datasets[index];
      const points = dataset.data.map((point, i) => ({ x: meta.data[i].x, low: point.low, high: point.high }))
        .filter(point => point.low !== undefined)
        .map(({ x, low, high }) => ({ x, low: chart.scales.y.getPixelForValue(low), high: chart.scales.y.getPixelForValue(high) }));
      if (points.length === 0) return;
      const context = chart.ctx;
      context.save();
      if (dataset.band) drawBand(context, points, withAlpha(dataset.borderColor, 0.14));
      else drawBars(context, points, dataset.borderColor);
      context.restore();
    },
  };
  function drawBand(context, points, colour) {
    context.beginPath();
    points.forEach(point => context.lineTo(point.x, point.high));
    points.slice().reverse().forEach(point => context.lineTo(point.x, point.low));
    context.fillStyle = colour;
    context.fill();
  }
  function drawBars(context, points, colour) {
    context.strokeStyle = withAlpha(colour, 0.6);
    context.lineWidth = 1.5;
    for (const { x, low, high } of points) {
      context.beginPath();
      context.moveTo(x, low);
      context.lineTo(x, high);
      for (const y of [low, high]) {
        context.moveTo(x - 4, y);
        context.lineTo(x + 4, y);
      }
      context.stroke();
    }
  }

  function datasetOf(series) {
    const colour = colourOf(series.colour === undefined ? "--soft" : `--series-${series.colour % 8}`);
    const dots = series.look === "dots" || series.look === "cloud";
    const few = series.points.length < 60;
    return {
      label: series.name,
      data: series.points.map(([x, y, low, high]) => ({ x, y, low, high })),
      band: !dots,
      showLine: series.look !== "cloud",
      borderColor: colour,
      backgroundColor: colour,
      borderWidth: series.look === "line" ? 2 : 1.5,
      borderDash: series.look === "dashed" ? [5, 4] : [],
      pointRadius: dots ? (few ? 4 : 2) : series.points.length === 1 ? 3 : 0,
      pointHitRadius: 8,
    };
  }

  // Abscissas end with the points; ordinates end at a round number and hold the intervals too.
  function rangeOf(axis, series, key) {
    if (axis.names.length > 0) return { min: -0.5, max: axis.names.length - 0.5 };
    let low = Infinity, high = -Infinity;  // not Math.min(...values), whose arguments are limited in number
    for (const point of series.flatMap(one => one.points)) {
      for (const value of key === "x" ? [point[0]] : point.slice(1)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
    [low, high] = [axis.low ?? low, axis.high ?? high];
    if (key === "x" && low < high) return { min: low, max: high };
    return { min: axis.low, max: axis.high, suggestedMin: low, suggestedMax: high };
  }
  function scaleOf(axis, series, key) {
    const scale = {
      type: axis.logarithmic ? "logarithmic" : "linear",
      ...rangeOf(axis, series, key),
      title: { display: axis.title !== "", text: axis.title, color: colourOf("--soft") },
      grid: { color: colourOf("--line"), borderColor: colourOf("--line"), drawOnChartArea: axis.names.length === 0 },
      ticks: { color: colourOf("--soft"), maxRotation: axis.names.length > 0 ? 60 : 0 },
    };
    if (axis.names.length > 0) {
      scale.afterBuildTicks = built => { built.ticks = axis.names.map((_, i) => ({ value: i })); };
      Object.assign(scale.ticks, { callback: value => shortened(axis.names[value] ?? ""), autoSkip: false });
    } else if (axis.logarithmic) {
      scale.ticks.callback = value => Number.isInteger(Math.log10(value)) ? numberText(value) : "";
    }
    return scale;
  }
  // The tooltip has the whole.
  function shortened(name) {
    const letters = [...name];
    return letters.length > 17 ? letters.slice(0, 16).join("") + "…" : name;
  }
  function numberText(value) {
    return String(Number(value.toPrecision(4)));
  }

  function tooltipOf(data) {
    return {
      filter: item => item.dataset.label !== "" || data.series.length === 1 || item.dataset.borderDash.length === 0,
      callbacks: {
        title: items => items.length === 0 ? "" :
          data.x.names[Math.round(items[0].parsed.x)] ?? `${data.x.title} ${numberText(items[0].parsed.x)}`,
        label: ({ dataset, raw }) => {
          const interval = raw.low === undefined ? "" : ` [${numberText(raw.low)}, ${numberText(raw.high)}]`;
          return `${dataset.label ? dataset.label + ": " : ""}${numberText(raw.y)}${interval}`;
        },
      },
    };
  }

  function chartOf(figure) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    return new Chart(figure.querySelector("canvas"), {
      type: "scatter",
      data: { datasets: data.series.map(datasetOf) },
      plugins: [spread],
      options: {
        animation: false,
        maintainAspectRatio: false,  // page.css says how high
        layout: { padding: { top: 6, right: 6 } },
        clip: 8,
        interaction: { mode: "nearest", intersect: false, axis: data.square ? "xy" : "x" },
        scales: { x: scaleOf(data.x, data.series, "x"), y: scaleOf(data.y, data.series, "y") },
        plugins: {
          legend: { display: false },
          tooltip: tooltipOf(data),
        },
      },
    });
  }
  // Below the canvas, not in it: long names wrap and take nothing from the curves.
  function addLegend(figure, chart) {
    figure.querySelector(".legend")?.remove();
    const legend = document.createElement("div");
    legend.className = "legend";
    chart.data.datasets.forEach((dataset, i) => {
      if (dataset.label === "") return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "key";
      button.textContent = dataset.label;
      button.setAttribute("aria-pressed", "true");
      button.style.setProperty("--key", dataset.borderColor);
      button.addEventListener("click", () => {
        chart.setDatasetVisibility(i, !chart.isDatasetVisible(i));
        button.setAttribute("aria-pressed", String(chart.isDatasetVisible(i)));
        chart.update();
      });
      legend.append(button);
    });
    if (legend.childElementCount > 0) figure.querySelector(".canvas").after(legend);
  }
  function drawCharts() {
    if (typeof Chart === "undefined") return;
    Chart.defaults.font.family = "system-ui, sans-serif";
    charts.splice(0).forEach(chart => chart.destroy());
    document.querySelectorAll(".chart").forEach(figure => {
      charts.push(chartOf(figure));
      addLegend(figure, charts.at(-1));
    });
  }

  // Numbers by value, then texts by alphabet; what has no number comes last either way.
  function compareCells(a, b, direction) {
    const [x, y] = [a.dataset.key, b.dataset.key];
    if ((x === undefined) !== (y === undefined)) return x === undefined ? 1 : -1;
    if (x !== undefined) return direction * (Number(x) - Number(y));
    return direction * a.textContent.localeCompare(b.textContent, undefined, { numeric: true });
  }
  function sortBy(table, column) {
    const header = table.tHead.rows[0].cells[column];
    const ascending = header.getAttribute("aria-sort") !== "ascending";
    for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const body = table.tBodies[0];
    [...body.rows].sort((a, b) => compareCells(a.cells[column], b.cells[column], ascending ? 1 : -1))
      .forEach(row => body.append(row));
  }
  function makeSortable(table) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      header.addEventListener("click", () => sortBy(table, column));
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    setTheme(root.dataset.theme);
    document.querySelectorAll("table.sortable").forEach(makeSortable);
    document.getElementById("theme").addEventListener("click", () => {
      setTheme(root.dataset.theme === "dark" ? "light" : "dark");
      rememberTheme(root.dataset.theme);
    });
    system.addEventListener("change", () => { if (!rememberedTheme()) setTheme(system.matches ? "dark" : "light"); });
  });

  // Ink on white, with the settings unfolded.
  let shown = null, unfolded = [];
  addEventListener("beforeprint", () => {
    shown = root.dataset.theme;
    setTheme("light");
    unfolded = [...document.querySelectorAll("details:not([open])")];
    unfolded.forEach(details => { details.open = true; });
  });
  addEventListener("afterprint", () => {
    if (shown) setTheme(shown);
    unfolded.forEach(details => { details.open = false; });
  });
})();
