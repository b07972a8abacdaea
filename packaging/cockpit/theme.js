/* Light or dark, as chosen in Cockpit's menu, else as the browser says. Cockpit has every page do this. */

const DARK = "pf-v5-theme-dark";
const preference = window.matchMedia("(prefers-color-scheme: dark)");

function apply(style = window.localStorage.getItem("shell:style") || "auto") {
    const dark = style === "dark" || (style === "auto" && preference.matches);
    document.documentElement.classList.toggle(DARK, dark);
}

export function followTheme() {
    window.addEventListener("storage", event => event.key === "shell:style" && apply());
    window.addEventListener("cockpit-style", event => apply(event.detail.style));
    preference.addEventListener("change", () => apply());
    apply();
}
