/* The settings, as a form that the daemon's own description makes. */

import { h } from "../dom.js";
import { T } from "../texts.js";
import { button, failure, named, section, sentence } from "./parts.js";

export function settings(context) {
    const { state } = context;
    const { described, problem } = state.settings;
    const found = (described || []).filter(setting => fits(setting, state.filter));
    const groups = [...new Set(found.map(setting => setting.group || ""))];
    return section("settings", T.settings,
                   failure(problem),
                   filter(context),
                   described && found.length === 0 && h("p", { class: "quiet" }, T.noSetting),
                   h("form", { key: "form", onsubmit: save(context) },
                     groups.map(name => group(name, found, context)),
                     saveBar(context)));
}

function filter({ state, redraw }) {
    const find = event => {
        state.filter = event.target.value;
        redraw();
    };
    return h("div", { class: "toolbar", role: "search" },
             h("div", { class: "field" },
               h("label", { for: "settings-filter" }, T.filterSettings),
               h("input", { id: "settings-filter", type: "search", oninput: find, value: state.filter })));
}

function fits(setting, words) {
    const text = `${setting.name} ${setting.text} ${T.groups[setting.group] || ""}`.toLowerCase();
    return words.toLowerCase().split(/\s+/)
            .every(word => text.includes(word));
}

function group(name, found, context) {
    return h("div", { key: name, class: "group" },
             name && h("h3", {}, T.groups[name] || named(name)),
             h("ul", { class: "card settings" },
               found.filter(setting => (setting.group || "") === name)
                       .map(setting => row(setting, context))));
}

function row(setting, context) {
    const { state } = context;
    const id = `setting-${setting.name}`;
    const current = setting.secret ? "" : state.world.settings[setting.name] ?? "";
    const isDefault = setting.secret ? !setting.set : String(current) === String(setting.default);
    return h("li", { key: setting.name, class: setting.name in state.edits ? "setting edited" : "setting" },
             h("div", { class: "setting-words" },
               h("label", { for: id }, h("code", {}, setting.name)),
               h("p", { id: `${id}-help` }, sentence(setting.text)),
               h("p", { class: "quiet" }, notes(setting, isDefault))),
             h("div", { class: "setting-value" },
               control(setting, id, current, context),
               setting.unit && h("span", { class: "quiet" }, T.units[setting.unit] || setting.unit),
               !setting.locked && !isDefault && reset(setting, context)));
}

function notes(setting, isDefault) {
    if (setting.locked)
        return [T.locked(setting.locked_by ? named(setting.locked_by) : T.lockedByFile)];
    if (setting.secret)
        return setting.set ? T.secretSet : T.secretUnset;
    const byItself = { true: T.on, false: T.off }[setting.default] ?? setting.default;
    const words = [T.range(setting.min, setting.max), isDefault ? "" : T.defaultIs(byItself)];
    return words.filter(Boolean).join(" · ");
}

function reset(setting, { actions, queries }) {
    const begin = async () => {
        if (await actions.resetSettings([setting.name]))
            queries.describeSettings();
    };
    return button(setting.secret ? T.forget : T.reset, {
        kind: "link",
        label: setting.secret ? T.forgetOf(setting.name) : T.resetOf(setting.name),
        pending: actions.isPending("settings"),
        onclick: begin,
    });
}

function control(setting, id, current, { state, redraw }) {
    const value = state.edits[setting.name] ?? current;
    const edit = given => {
        const { [setting.name]: _former, ...others } = state.edits;
        state.edits = String(given) === String(current) ? others : { ...others, [setting.name]: given };
        redraw();
    };
    const take = event => edit(setting.type === "bool" ? event.target.checked : event.target.value);
    const common = { id, disabled: setting.locked, "aria-describedby": `${id}-help` };
    if (setting.type === "bool")
        return h("input", { ...common, type: "checkbox", checked: String(value) === "true", onchange: take });
    if (setting.type === "enum")
        return h("select", { ...common, value, onchange: take },
                 setting.choices.map(one => h("option", { value: one, key: one }, one)));
    return h("input", { ...common, value: String(value), oninput: take, ...limits(setting) });
}

function limits({ type, secret, min, max, pattern, max_length, example }) {
    if (type === "int" || type === "float")
        return { type: "number", min, max, step: type === "int" ? 1 : "any" };
    return {
        type: secret ? "password" : "text",
        autocomplete: secret ? "new-password" : "off",
        placeholder: secret || !example ? undefined : T.example(example),
        pattern: pattern && isUsable(pattern) ? pattern : undefined,
        maxlength: max_length,
    };
}

/* Whether this browser takes a pattern; the daemon enforces it in any case. */
function isUsable(pattern) {
    try {
        return Boolean(new RegExp(pattern, "v"));
    } catch {
        return false;
    }
}

/* The browser itself sees to what the form says of values; the daemon to all else. */
function save({ state, actions, queries }) {
    return async event => {
        event.preventDefault();
        const texts = Object.entries(state.edits).map(([name, value]) => [name, String(value)]);
        if (texts.length > 0 && await actions.saveSettings(Object.fromEntries(texts))) {
            state.edits = {};
            queries.describeSettings();
        }
    };
}

function saveBar({ state, actions, redraw }) {
    const count = Object.keys(state.edits).length;
    if (count === 0)
        return null;
    const forget = () => {
        state.edits = {};
        redraw();
    };
    return h("div", { key: "save", class: "save-bar", role: "group", "aria-label": T.unsaved },
             button(T.save(count), {
                 kind: "primary", type: "submit", pending: actions.isPending("settings"),
             }),
             button(T.discard, { onclick: forget }));
}
