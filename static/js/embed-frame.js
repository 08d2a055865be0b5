// Inside the frame: tells the page around it how high the list is. A number and nothing else.
const list = document.querySelector(".sc");
const tell = () =>
  parent.postMessage({ coalitionEventsHeight: Math.ceil(list.getBoundingClientRect().height) }, "*");

if (parent !== window) new ResizeObserver(tell).observe(list);
