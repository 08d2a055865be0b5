// Fills in the reader's own clock where the server did not know their zone yet, and remembers the
// zone for the next page. The words come from the page; what is said agrees with
// kit/walltime.py: reader_line (programmes/tests/test_time_script.py).
const AMERICAN =
  /^America\/(Anchorage|Boise|Chicago|Denver|Detroit|Fort_Wayne|Indiana.*|Juneau|Kentucky\/.*|Los_Angeles|Louisville|Menominee|Metlakatla|New_York|Nome|North_Dakota\/.*|Sitka|Yakutat)$|^Pacific\/Honolulu$/;
const SPOKEN = {
  E: "Eastern", C: "Central", M: "Mountain", P: "Pacific", A: "Alaska", H: "Hawaii",
};

const words = document.body.dataset;
const keeps = words.cookies !== "none"; // inside another site's page nothing is read or kept
const kept = keeps && document.cookie.match(/(?:^|; )tz=([^;]+)/);
const mine = kept ? decodeURIComponent(kept[1]) : Intl.DateTimeFormat().resolvedOptions().timeZone;

// A browser that hides its zone says UTC: then the event's own clock is the honest one.
const isKnown = /^[A-Z]\w+\//.test(mine) && !mine.startsWith("Etc/");

if (isKnown && keeps && !kept) {
  document.cookie = `tz=${mine};path=/;samesite=lax`; // for this session; /time-zone/ keeps a choice
}

const formats = {};

function parts(at, zone) {
  formats[zone] ??= new Intl.DateTimeFormat("en-US", {
    timeZone: zone, timeZoneName: "short", hourCycle: "h23",
    weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "numeric",
  });
  return Object.fromEntries(formats[zone].formatToParts(at).map((part) => [part.type, part.value]));
}

function agree(starts, ends, theirs) {
  const same = (at) =>
    ["day", "hour", "minute"].every((unit) => parts(at, mine)[unit] === parts(at, theirs)[unit]);
  const hours = Math.min(Math.floor((ends - starts) / 36e5), 24 * 14);
  for (let hour = 0; hour <= hours; hour += 1) {
    if (!same(+starts + hour * 36e5)) return false;
  }
  return same(+ends);
}

function label(name) {
  if (mine === "America/Phoenix") return "Arizona";
  return AMERICAN.test(mine) ? SPOKEN[name[0]] : mine.split("/").pop().replaceAll("_", " ");
}

function line({ local, until, zone }) {
  const starts = new Date(local);
  if (agree(starts, new Date(until), zone)) return words.sameTime;
  const { weekday, month, day, hour, minute, timeZoneName } = parts(starts, mine);
  const clock = `${hour % 12 || 12}${+minute ? `:${minute.padStart(2, "0")}` : ""}`;
  const half = hour < 12 ? "a.m." : "p.m.";
  return `${words.yourTime} ${weekday}, ${month} ${day}, ${clock} ${half} ${label(timeZoneName)}`;
}

function fill(root) {
  for (const place of root.querySelectorAll("[data-local]")) {
    if (isKnown && !place.textContent.trim()) place.textContent = line(place.dataset);
  }
}

fill(document);
document.addEventListener("htmx:afterSettle", (event) => fill(event.target));
