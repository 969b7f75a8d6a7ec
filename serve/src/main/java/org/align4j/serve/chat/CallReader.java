package org.align4j.serve.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.files.Json;
import org.align4j.serve.chat.CallForm.Call;

/**
 * Parts an answer into what it says and the functions that it calls, as its text comes. A text that could become a call is held back; what is no
 * call after all, by its form or because no such function was offered, stays text. Belongs to one answer.
 */
final class CallReader {
    private final CallForm form;
    private final List<String> offered;
    private final boolean several;
    private final StringBuilder held = new StringBuilder();
    private boolean begun;
    private boolean within;
    private int calls;

    /**
     * @param offered names of the functions that may be called
     * @param several whether an answer may call more than one
     */
    CallReader(CallForm form, List<String> offered, boolean several) {
        this.form = form;
        this.offered = offered;
        this.several = several;
    }

    /** What is certain after a piece: text, then calls. */
    record Parted(String text, List<Call> calls) {}

    /** Takes the next piece of the answer. */
    Parted add(String piece) {
        held.append(piece);
        return parted(false);
    }

    /** Returns what was held back at the answer's end. */
    Parted finish() {
        return parted(true);
    }

    /** Returns whether no more calls may come, so that the answer can end here. */
    boolean full() {
        return !several && calls > 0;
    }

    private Parted parted(boolean last) {
        StringBuilder text = new StringBuilder();
        List<Call> found = new ArrayList<>();
        while (!full() && step(text, found, last)) {
            // Each step takes a text or a call from what is held.
        }
        if (full()) {
            held.setLength(0);
        }
        return new Parted(text.toString(), found);
    }

    /** Takes the next text or call from what is held; says whether there may be more. */
    private boolean step(StringBuilder text, List<Call> found, boolean last) {
        return switch (form) {
            case HERMES -> within ? call(text, found, last) : mark(text, last);
            case MISTRAL -> within ? list(text, found, last) : mark(text, last);
            case LLAMA -> object(text, found, last);
        };
    }

    /** Gives the text before the next mark; white space before a mark, and behind a call, is no text. */
    private boolean mark(StringBuilder text, boolean last) {
        int at = held.indexOf(form.opening());
        if (at >= 0) {
            give(text, held.substring(0, at).stripTrailing());
            held.delete(0, at + form.opening().length());
            within = true;
            return true;
        }
        int certain = last ? held.length() : certain(form.opening());
        give(text, held.substring(0, certain));
        held.delete(0, certain);
        return false;
    }

    /** How many of the held characters can't belong to a mark that begins, or be the white space before one. */
    private int certain(String mark) {
        int certain = held.length();
        for (int n = Math.min(mark.length() - 1, held.length()); n > 0; n--) {
            if (mark.startsWith(held.substring(held.length() - n))) {
                certain = held.length() - n;
                break;
            }
        }
        while (certain > 0 && Character.isWhitespace(held.charAt(certain - 1))) {
            certain--;
        }
        return certain;
    }

    private void give(StringBuilder text, String piece) {
        boolean first = calls > 0 && text.isEmpty();
        text.append(first ? piece.stripLeading() : piece);
    }

    private boolean call(StringBuilder text, List<Call> found, boolean last) {
        int end = held.indexOf(form.closing());
        if (end < 0 && !last) {
            return false;
        }
        String inner = end < 0 ? held.toString() : held.substring(0, end);
        Optional<Call> call = form.call(inner, offered);
        call.ifPresent(found::add);
        calls += call.isPresent() ? 1 : 0;
        if (call.isEmpty()) {
            text.append(form.opening()).append(inner).append(end < 0 ? "" : form.closing());
        }
        held.delete(0, end < 0 ? held.length() : end + form.closing().length());
        within = false;
        return !held.isEmpty();
    }

    private boolean list(StringBuilder text, List<Call> found, boolean last) {
        int end = end(0);
        if (end < 0 && !last) {
            return false;
        }
        String inner = end < 0 ? held.toString() : held.substring(0, end);
        List<Call> read = listed(inner);
        if (read.isEmpty()) {
            text.append(form.opening()).append(inner);
        }
        List<Call> taken = several || read.isEmpty() ? read : read.subList(0, 1);
        found.addAll(taken);
        calls += taken.size();
        held.delete(0, inner.length());
        within = false;
        return !held.isEmpty();
    }

    private List<Call> listed(String text) {
        List<Call> read = new ArrayList<>();
        try {
            JsonNode list = Json.read(text);
            for (JsonNode each : list.isArray() ? list : Json.read("[]")) {
                Optional<Call> call = form.call(each, offered);
                if (call.isEmpty()) {
                    return List.of();
                }
                read.add(call.get());
            }
        } catch (JsonProcessingException e) {
            return List.of();
        }
        return read;
    }

    /** A call of Llama's is the whole answer; several stand behind each other, with semicolons or white space between them. */
    private boolean object(StringBuilder text, List<Call> found, boolean last) {
        if (begun && calls == 0) {
            text.append(held);
            held.setLength(0);
            return false;
        }
        int start = 0;
        while (start < held.length() && (Character.isWhitespace(held.charAt(start)) || isBetween(held.charAt(start)))) {
            start++;
        }
        if (start == held.length() && !last) {
            return false;
        }
        int end = start < held.length() && held.charAt(start) == '{' ? end(start) : start;
        if (end < 0 && !last) {
            return false;
        }
        Optional<Call> call = end <= start ? Optional.empty() : form.call(held.substring(start, end), offered);
        if (call.isEmpty()) {
            begun = true;
            give(text, held.toString());
            held.setLength(0);
            return false;
        }
        found.add(call.get());
        calls++;
        held.delete(0, end);
        return !held.isEmpty();
    }

    private boolean isBetween(char c) {
        return calls > 0 && c == ';';
    }

    /** Where the JSON value that begins at a place, after white space, ends; -1 where it doesn't yet. */
    private int end(int from) {
        int depth = 0;
        boolean text = false;
        for (int i = from; i < held.length(); i++) {
            char c = held.charAt(i);
            if (text) {
                i += c == '\\' ? 1 : 0;
                text = c != '"';
            } else if (c == '"') {
                text = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if ((c == '}' || c == ']') && --depth == 0) {
                return i + 1;
            }
        }
        return -1;
    }
}
