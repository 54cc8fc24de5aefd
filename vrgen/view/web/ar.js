// Android's Scene Viewer is called by a link that holds the full address of the model. Elsewhere, and without
// script, the link stays what it is: the model as a file.
"use strict";
if (/Android/.test(navigator.userAgent) && location.protocol === "https:") {
  for (const link of document.querySelectorAll("a.place")) {
    const question = new URLSearchParams({
      file: new URL(link.getAttribute("href"), location.href).href,
      mode: "ar_preferred",
      resizable: "false",
      title: link.dataset.title,
    });
    if (link.dataset.place === "wall") question.set("enable_vertical_placement", "true");
    const back = encodeURIComponent(new URL("#" + link.closest("article").id, location.href).href);
    link.href =
      "intent://arvr.google.com/scene-viewer/1.0?" + question + "#Intent;scheme=https;" +
      "package=com.google.android.googlequicksearchbox;action=android.intent.action.VIEW;" +
      "S.browser_fallback_url=" + back + ";end;";
  }
}
