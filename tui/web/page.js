"use strict";
addEventListener("DOMContentLoaded", () => {
  document.getElementById("again").addEventListener("click", () => location.reload());
});
// The script of the terminal makes it when the page is loaded; the keys are for it alone.
addEventListener("load", () => setTimeout(() => document.querySelector(".xterm-helper-textarea").focus()));
