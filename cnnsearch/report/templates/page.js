"use strict";
// Draws each figure when it is scrolled near the window, and highlights the current section in the contents.
const plots = [...document.querySelectorAll(".plot")];
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function styled(layout) {
  const [text, muted, grid, surface] = ["--text", "--muted", "--grid", "--surface"].map(colour);
  const axis = given => ({gridcolor: grid, zerolinecolor: grid, linecolor: grid, automargin: true, ...given,
    title: {font: {size: 13, color: muted}, standoff: 10, ...(given || {}).title}});
  const base = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
    font: {family: "system-ui,-apple-system,Segoe UI,Roboto,sans-serif", size: 12.5, color: text},
    margin: {l: 12, r: 12, t: 12, b: 12}, hovermode: "closest",
    hoverlabel: {bgcolor: surface, bordercolor: grid, font: {color: text}},
    legend: {orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: {size: 12}},
  };
  return layout.xaxis ? {...base, ...layout, xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis)}
    : {...base, ...layout, margin: {l: 60, r: 24, t: 64, b: 24}};
}

function draw(place) {
  const {data, layout} = JSON.parse(document.getElementById(place.dataset.plot).textContent);
  for (const trace of data) {
    if (trace.type === "heatmap") trace.colorscale = [[0, colour("--cell")], [1, "#0072B2"]];
    if (trace.type === "parcoords") {
      if (place.clientWidth < 560) trace.dimensions = [...trace.dimensions.slice(0, 2), trace.dimensions.at(-1)];
      trace.labelfont = {size: 12};
      trace.labelangle = -14;
      trace.tickfont = {size: 11, color: colour("--muted")};
    }
  }
  Plotly.react(place, data, styled(layout), {responsive: true, displaylogo: false, displayModeBar: "hover",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toImage"]});
  place.dataset.drawn = "yes";
}

const near = new IntersectionObserver(entries => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    near.unobserve(entry.target);
    draw(entry.target);
  }
}, {rootMargin: "500px"});
plots.forEach(place => near.observe(place));

const drawn = () => plots.filter(place => place.dataset.drawn);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn().forEach(draw));
addEventListener("beforeprint", () => plots.filter(place => !place.dataset.drawn).forEach(draw));

const links = new Map([...document.querySelectorAll("nav a")].map(link => [link.hash.slice(1), link]));
const seen = new IntersectionObserver(entries => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    links.forEach(link => link.classList.remove("here"));
    const link = links.get(entry.target.id);
    link.classList.add("here");
    const bar = link.closest("ol");
    bar.scrollLeft = link.offsetLeft - bar.clientWidth / 2;
  }
}, {rootMargin: "-15% 0px -75% 0px"});
document.querySelectorAll("main section").forEach(section => seen.observe(section));
