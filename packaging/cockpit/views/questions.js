/* The open questions, with a button for each answer. */

import { h } from "../dom.js";
import { clock, fileName, length, percent } from "../format.js";
import { T } from "../texts.js";
import { button, file, fold, named, pill, said, section, sentence } from "./parts.js";

export function questions(context) {
    const found = context.state.world.questions;
    return section("questions", T.questions,
                   found.length === 0 && h("p", { class: "quiet" }, T.noQuestions),
                   h("ul", { class: "rows" }, found.map(question => card(question, context))));
}

function card(question, context) {
    const { state } = context;
    const { job } = state.world.subjectOf(question);
    return h("li", { key: question.path, class: "card" },
             h("h3", { id: `question-${question.Id}` }, said(question.Question, 400)),
             h("p", { class: "quiet" },
               job && [T.questionAbout(""), named(T.jobName(job)), " · "],
               T.asked(clock(question.Created, state.now)),
               question.NeedsDisc && [" · ", h("strong", {}, T.needsDisc)]),
             scope(question, context),
             h("ul", { class: "options", "aria-labelledby": `question-${question.Id}` },
               question.Options.map(option => choice(question, option, context))),
             question.OtherAnswers && other(question, context),
             fold(`question ${question.path}`, T.more, context, () => help(question, context),
                  () => context.queries.details(question)),
             h("div", { class: "card-foot" },
               h("p", { class: "quiet" }, question.Unanswered && [T.unanswered, said(question.Unanswered)]),
               button(T.dismiss, {
                   kind: "link",
                   label: T.dismissOf(question.Summary),
                   pending: context.actions.isPending(question.path),
                   onclick: () => context.actions.dismiss(question),
               })));
}

function scope(question, { state, redraw }) {
    if (question.Scopes.length === 0)
        return null;
    const id = `scope-${question.Id}`;
    const choose = event => {
        state.scopes.set(question.path, event.target.value);
        redraw();
    };
    return h("div", { class: "field-row" },
             h("label", { for: id }, T.scope),
             h("select", { id, onchange: choose, value: state.scopes.get(question.path) || "" },
               ["", ...question.Scopes].map(name =>
                   h("option", { value: name, key: name }, T.scopes[name] ?? name))));
}

function scopeOf(question, state) {
    const chosen = state.scopes.get(question.path) || "";
    return question.Scopes.includes(chosen) ? chosen : "";
}

function choice(question, option, { state, actions }) {
    const isDefault = option.id === question.Default;
    const evidence = `evidence-${question.Id}-${option.id.replace(/\W/g, "_")}`;
    return h("li", { key: option.id },
             button(named(option.text), {
                 kind: isDefault ? "primary" : "secondary",
                 pending: actions.isPending(question.path),
                 "aria-describedby": evidence,
                 onclick: () =>
                     actions.answer(question, { option: option.id }, scopeOf(question, state), option.text),
             }),
             h("p", { id: evidence },
               option.confidence > 0 && h("strong", {}, T.sure(percent(option.confidence))),
               option.confidence > 0 && option.evidence && " · ",
               h("span", { class: "quiet" }, sentence(option.evidence, 400))));
}

function other(question, { state, actions }) {
    const id = `other-${question.Id}`;
    const send = event => {
        event.preventDefault();
        const value = event.target.elements.answer.value.trim();
        if (value)
            actions.answer(question, { value }, scopeOf(question, state), value);
    };
    return h("form", { class: "other", onsubmit: send },
             h("div", { class: "field-row" },
               h("label", { for: id }, T.other),
               h("input", {
                   id, name: "answer", type: "text", autocomplete: "off", "aria-describedby": `${id}-help`,
               }),
               button(T.answer, { type: "submit", pending: actions.isPending(question.path) })),
             h("p", { id: `${id}-help`, class: "quiet" }, said(question.OtherAnswers)));
}

function help(question, { state }) {
    const { found, loading, problem } = state[`details ${question.path}`] || { loading: true };
    return h("div", { class: "help" },
             h("p", {}, sentence(question.Why, 2000)),
             loading && h("p", { class: "quiet" }, T.loading),
             problem && h("p", { class: "bad-words" }, said(problem)),
             found && found.captions.length > 0 && [
                 h("h4", {}, T.words),
                 h("ul", {}, found.captions.map((line, number) => h("li", { key: number }, said(line)))),
             ],
             found && found.file && h("p", {}, place(found)),
             found && Object.keys(found.plots).length > 0 && [
                 h("h4", {}, T.plots),
                 h("ul", {}, Object.entries(found.plots).map(
                     ([episode, plot]) => h("li", { key: episode }, named(episode), ": ", said(plot)))),
             ],
             found && found.roster.length > 0 && [h("h4", {}, T.roster), roster(found.roster)]);
}

function place(found) {
    return file(found.file, T.fileAt(fileName(found.file), length(found.at)));
}

function roster(rows) {
    const number = ({ season, episode }) => `${season}×${String(episode).padStart(2, "0")}`;
    return h("ul", { class: "roster" }, rows.map(row => h("li", { key: number(row) },
        number(row), " ", named(row.name), " ", pill(row.state, T.rosterStates))));
}
