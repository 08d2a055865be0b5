// Fills in the reader's own clock where the server did not know their zone yet, and remembers the
// zone for the next page. Words come from the page; zone names agree with kit/walltime.py
// (programmes/tests/test_time_script.py).
const NAMES = {
  Eastern: "New_York Detroit Indiana/Indianapolis Kentucky/Louisville Toronto",
  Central: "Chicago Menominee Indiana/Knox North_Dakota/Center Winnipeg",
  Mountain: "Denver Boise Edmonton",
  Arizona: "Phoenix",
  Pacific: "Los_Angeles Vancouver",
  Alaska: "Anchorage Juneau Nome Sitka",
  Hawaii: "Honolulu",
};

const kept = document.cookie.match(/(?:^|; )tz=([^;]+)/);
const found = Intl.DateTimeFormat().resolvedOptions().timeZone;
const zone = kept ? decodeURIComponent(kept[1]) : found;
const words = document.body.dataset;

// A browser that hides its zone says UTC: then the event's own clock is the honest one.
const known = zone && !/^(UTC|Etc\/.*|GMT)$/.test(zone);

if (known && !kept) {
  document.cookie = `tz=${zone};path=/;samesite=lax`; // a session; /time-zone/ keeps a choice
}

function label() {
  const [area, ...rest] = zone.split("/");
  const city = rest.join("/");
  for (const name in NAMES) {
    if (/America|Pacific/.test(area) && NAMES[name].split(" ").includes(city)) return name;
  }
  return city.split("/").pop().replaceAll("_", " ");
}

function on(moment, place, options) {
  return new Intl.DateTimeFormat("en-US", { timeZone: place, ...options }).format(moment);
}

function clock(moment) {
  const said = on(moment, zone, { hour: "numeric", minute: "2-digit" });
  return said.replace(":00", "").replace(/\s?([AP])M/, (_, half) => ` ${half.toLowerCase()}.m.`);
}

function day(moment, place) {
  return on(moment, place, { weekday: "long", month: "long", day: "numeric" });
}

function line({ local, until, zone: theirs }) {
  const [starts, ends] = [new Date(local), new Date(until)];
  if (zone === theirs) return words.sameTime;
  const moved = day(starts, zone) !== day(starts, theirs);
  const longer = day(starts, zone) !== day(ends, zone);
  const first = moved || longer ? `${day(starts, zone)}, ` : "";
  const last = longer ? `${day(ends, zone)}, ` : "";
  return `${words.yourTime} ${first}${clock(starts)} to ${last}${clock(ends)} ${label()}`;
}

function fill(root) {
  for (const place of root.querySelectorAll("[data-local]")) {
    if (known && !place.textContent.trim()) place.textContent = line(place.dataset);
  }
}

fill(document);
document.addEventListener("htmx:afterSettle", (event) => fill(event.target));
