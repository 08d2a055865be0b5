// Reads a calendar from standard input with ical.js and prints what it saw as JSON.
// Its first argument is the folder that holds node_modules.
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const home = join(process.argv[2], "node_modules", "ical.js", "dist", "ical.js");
const ICAL = (await import(pathToFileURL(home))).default;

process.stdin.setEncoding("utf8"); // a character may be cut in two between parts
let text = "";
for await (const part of process.stdin) text += part;
const root = new ICAL.Component(ICAL.parse(text));
for (const zone of root.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);

const events = root.getAllSubcomponents("vevent").map((part) => {
  const event = new ICAL.Event(part);
  return {
    uid: event.uid,
    starts: event.startDate.toUnixTime(),
    ends: event.endDate.toUnixTime(),
    title: event.summary,
    description: event.description ?? "",
    place: event.location ?? "",
    status: part.getFirstPropertyValue("status") ?? "",
  };
});
const busy = root.getAllSubcomponents("vfreebusy").map((part) =>
  part.getAllProperties("freebusy").flatMap((line) => line.getValues().map(String)),
);
console.log(JSON.stringify({ errors: 0, events, busy }));
