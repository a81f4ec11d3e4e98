// Swagger UI, which asks nobody but this relay, and is as light or dark as the viewer likes.

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

window.SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("swagger"),
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  syntaxHighlight: false, // it takes a minute for the list of models
  validatorUrl: null,
});
