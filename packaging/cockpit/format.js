/* Numbers and times as people read them, and text from discs made harmless. Pure. */

/* Steering characters and those that turn the direction of text: a name must not move what is around it. */
const STEERING = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const SPACES = /[\t\n\r]+/g;

/* Text that comes from outside, cut to so many characters. */
export function tame(text, limit = 1000) {
    const safe = String(text ?? "").slice(0, limit * 2 + 2).replace(SPACES, " ").replace(STEERING, "\ufffd");
    const characters = [...safe];
    return characters.length > limit ? `${characters.slice(0, limit - 1).join("")}…` : safe;
}

/* An amount of bytes in decimal units: 512 B, 4.7 GB. */
export function size(count) {
    for (const unit of ["B", "kB", "MB", "GB"]) {
        if (count < 999.5)
            return `${unit === "B" || count >= 100 ? Math.round(count) : count.toFixed(1)} ${unit}`;
        count /= 1000;
    }
    return `${count.toFixed(1)} TB`;
}

/* A part from 0 to 1; nothing for an unknown one. Never rounds up to all. */
export function percent(part) {
    if (!(part >= 0))
        return "";
    return part >= 1 ? "100%" : `${Math.min(99, Math.round(part * 100))}%`;
}

/* A playing time: 0:42, 21:07, 1:52:07. */
export function length(seconds) {
    const total = Math.max(0, Math.round(seconds));
    const pair = number => String(number).padStart(2, "0");
    const minutes = Math.floor(total / 60);
    if (minutes < 60)
        return `${minutes}:${pair(total % 60)}`;
    return `${Math.floor(minutes / 60)}:${pair(minutes % 60)}:${pair(total % 60)}`;
}

/* Seconds until a time of the bus (microseconds since the epoch). */
export function secondsUntil(time, now) {
    return (time - now) / 1e6;
}

/* A time of the bus as people here write it; nothing for none. */
export function moment(time) {
    if (!time)
        return "";
    const style = { dateStyle: "medium", timeStyle: "short" };
    return new Intl.DateTimeFormat(undefined, style).format(time / 1000);
}

/* The same without the day, where that is today. */
export function clock(time, now) {
    if (!time)
        return "";
    const [at, today] = [new Date(time / 1000), new Date(now / 1000)];
    if (at.toDateString() !== today.toDateString())
        return moment(time);
    return new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(at);
}

/* The beginning of the day, as a time of the bus. */
export function midnight(now) {
    return new Date(now / 1000).setHours(0, 0, 0, 0) * 1000;
}

/* The last part of a path. */
export function fileName(path) {
    return path.slice(path.lastIndexOf("/") + 1);
}
