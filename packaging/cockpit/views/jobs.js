/* The jobs: at work, waiting, ended lately; each with its titles. */

import { h } from "../dom.js";
import { clock, length, percent } from "../format.js";
import { afterName, isOver, standing } from "../model.js";
import { T } from "../texts.js";
import { bar, button, file, fold, named, pill, said, section, sentence, table } from "./parts.js";

export function jobs(context) {
    const { working, waiting, ended } = context.state.world.jobs;
    const group = (id, heading, found) => found.length > 0 && section(id, heading,
        h("ul", { class: "rows" }, found.map(job => row(job, context))));
    const nothing = working.length + waiting.length + ended.length === 0;
    return [
        nothing && section("jobs", T.working, h("p", { class: "quiet" }, T.noJobs)),
        group("working", T.working, working),
        group("waiting", T.waiting, waiting),
        group("ended", T.ended, ended),
    ];
}

function row(job, context) {
    const { state } = context;
    const name = T.jobName(job);
    return h("li", { key: job.path, class: "card" },
             h("div", { class: "card-head" },
               h("h3", {}, named(name)),
               pill(standing(job), T.standings),
               commands(job, name, context)),
             h("p", {}, sentence(afterName(job.Headline, name), 300), times(job, state.now)),
             !job.Headline.includes(job.ErrorMessage) &&
                 h("p", { class: "bad-words" }, sentence(job.ErrorMessage)),
             job.State === "ripping" && bar(name, job, state.now),
             fold(`titles ${job.path}`, T.titles(job.Titles.length), context, () => more(job, name, state)));
}

function times(job, now) {
    const words = isOver(job)
        ? T.endedAt(clock(job.CompletedAt, now))
        : job.WaitingUntil > now ? T.waitsUntil(clock(job.WaitingUntil, now)) : "";
    return words && h("span", { class: "quiet" }, ` · ${words}`);
}

function commands(job, name, context) {
    const { state, actions, redraw } = context;
    const ask = path => {
        state.asking = path;
        redraw();
    };
    const one = (method, text, label) => button(text, {
        key: method,
        label,
        pending: actions.isPending(`${method} ${job.path}`),
        onclick: () => actions.job(method, job),
    });
    if (state.asking === job.path && !isOver(job))
        return confirmation(job, actions, ask);
    return h("div", { class: "commands" },
             (job.State === "failed" || job.Outcome === "partial") && one("Retry", T.retry, T.retryOf(name)),
             isOver(job)
                 ? one("Clear", T.clear, T.clearOf(name))
                 : button(T.cancel, { key: "ask", label: T.cancelOf(name), onclick: () => ask(job.path) }));
}

function confirmation(job, actions, ask) {
    const stop = async () => {
        await actions.job("Cancel", job);
        ask("");
    };
    return h("div", { class: "commands", role: "group", "aria-label": T.cancelAsk },
             h("span", {}, T.cancelAsk),
             button(T.cancelYes, {
                 kind: "danger", pending: actions.isPending(`Cancel ${job.path}`), onclick: stop,
             }),
             // The button that asked, so that the focus is on the answer that changes nothing.
             button(T.cancelNo, { key: "ask", onclick: () => ask("") }));
}

function more(job, name, state) {
    const titles = state.world.titlesOf(job);
    const sure = job.ContentType === "unknown" ? "" : percent(job.ClassificationConfidence);
    return h("div", {},
             h("p", { class: "quiet" },
               T.jobNumber(job.Id), " · ", T.identity(T.kinds[job.ContentType], sure),
               job.IdentityReason && [" · ", said(job.IdentityReason)]),
             titles.length === 0
                 ? h("p", { class: "quiet" }, T.noTitles)
                 : table(T.titlesOf(name), T.titleHeads, titles.map(title => ({
                     key: title.path,
                     cells: cells(title, state.now),
                 }))));
}

function cells(title, now) {
    return [
        T.titleNumber(title.TitleIndex + 1, length(title.DurationSeconds)),
        what(title),
        title.State === "ripping"
            ? bar(String(title.TitleIndex + 1), title, now)
            : pill(title.State, T.titleStates),
        title.MatchedEpisode ? percent(title.MatchConfidence) : "",
        sentence(title.ErrorMessage || title.MatchReason || title.RoleReason),
        title.OrganizedTo ? file(title.OrganizedTo) : "",
    ];
}

function what(title) {
    const part = title.EpisodePart ? T.part(title.EpisodePart) : "";
    const name = [title.OwnTitle, title.MatchedEpisode, title.ItemName].filter(Boolean).join(" ");
    const role = T.roles[title.Role] ?? title.Role;
    return [
        h("strong", {}, named(name ? name + part : role)),
        title.Edition && [" ", named(title.Edition)],
        name && role && h("span", { class: "quiet" }, ` ${role}`),
    ];
}
