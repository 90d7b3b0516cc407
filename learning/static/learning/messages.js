/* messages.js — asks for newer messages only while somebody looks. Without it the page asks all the same;
   without any script it is read again as any page is. */

const line = () => document.getElementById("newer");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === line() && document.hidden) event.preventDefault();
});

// A page of another kind, such as the sign-in page, must not take the line's place.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target === line() && !event.detail.xhr.responseText.includes('id="newer"')) {
    event.detail.shouldSwap = false;
  }
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && line()) window.htmx?.trigger(line(), "renew");
});
