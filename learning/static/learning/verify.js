/* verify.js — checks a PDF without sending it: the browser computes the digest, the server knows
   the digests it signed. Without this module, or without WebCrypto, the form stays hidden and
   the check code does the same. */

const form = document.querySelector("[data-file-check]");
const PDF = "%PDF-";
const CODE = /[2-9A-HJKMNP-TV-Z]{4}(?:-[2-9A-HJKMNP-TV-Z]{4}){3}/;

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Say what is wrong with the choice, or nothing. */
function complain(fault) {
  const line = form.querySelector("#pdfe");
  line.hidden = !fault;
  line.querySelector("[data-fault]").textContent = fault;
  const input = form.querySelector("[type=file]");
  input.setAttribute("aria-invalid", String(Boolean(fault)));
  if (fault) input.focus();
}

/** Fill in what the server is asked: the file's digest, and the code it says it has. */
async function read(file) {
  const bytes = await file.arrayBuffer();
  const text = new TextDecoder("latin1").decode(bytes);
  if (!text.slice(0, 1024).includes(PDF)) return false;
  form.elements.digest.value = hex(await crypto.subtle.digest("SHA-256", bytes));
  form.elements.code.value = text.match(CODE)?.[0] ?? "";
  return true;
}

async function check(event) {
  event.preventDefault();
  const [file] = form.querySelector("[type=file]").files;
  complain(file ? "" : form.dataset.none);
  if (!file) return;
  const progress = form.querySelector("[data-progress]");
  progress.textContent = form.dataset.reading;
  const isPdf = await read(file).catch(() => false);
  progress.textContent = "";
  if (isPdf) form.submit();
  else complain(form.dataset.notPdf);
}

function take(event) {
  const files = event.dataTransfer?.files;
  if (!files?.length) return;
  event.preventDefault();
  form.querySelector("[type=file]").files = files;
  form.requestSubmit();
}

function welcome(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  form.toggleAttribute("data-over", event.type === "dragover");
}

if (form && crypto.subtle) {
  form.hidden = false;
  form.addEventListener("submit", check);
  addEventListener("dragover", welcome);
  addEventListener("dragleave", welcome);
  addEventListener("drop", (event) => { form.toggleAttribute("data-over", false); take(event); });
}
