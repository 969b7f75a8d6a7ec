package org.align4j.core.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.align4j.core.template.TemplateException;
import org.jspecify.annotations.Nullable;

/**
 * Takes a prompt that a chat template wrote apart into the turns of its conversation. What the template writes before, between and
 * behind turns is found by probes, so that no template is known by name. Control tokens count by their ids: a message in which they
 * are ordinary text divides nothing. May be used from several threads.
 */
final class PromptTurns {
    private static final List<List<String>> PROBES = List.of(
            List.of("user", "assistant", "user"),
            List.of("system", "user", "assistant", "user"),
            List.of("user", "user"),
            List.of("user", "assistant", "tool", "assistant", "user"),
            List.of("user", "assistant", "tool", "tool"));

    private static final String SAID = "zqxturn";
    private static final int PRIVATE_PLANE = 0xF0000;

    private final Tokenizer tokenizer;
    private final Map<Integer, String> controls = new HashMap<>();
    private final Set<Mark> marks = new LinkedHashSet<>();

    /**
     * Holds what a template writes between two turns, before the first or behind the last.
     *
     * @param from whose turn it ends; null before the first
     * @param text in which control tokens are characters of a private plane
     * @param to whose turn it begins; null behind the last
     */
    private record Mark(
            @Nullable String from, String text, @Nullable String to) {}

    /** @param render writes a conversation with the start of the assistant's answer, or throws a {@link TemplateException} */
    PromptTurns(Tokenizer tokenizer, Function<List<Message>, String> render) {
        this.tokenizer = tokenizer;
        for (List<String> roles : PROBES) {
            List<Message> messages = new ArrayList<>();
            for (int i = 0; i < roles.size(); i++) {
                messages.add(Message.of(roles.get(i), SAID + i));
            }
            String text = written(render, messages);
            if (text != null) {
                learn(roles, marked(tokenizer.encode(text, false)));
            }
        }
    }

    /** Returns null where the template refuses the roles, or their order. */
    private static @Nullable String written(Function<List<Message>, String> render, List<Message> messages) {
        try {
            return render.apply(messages);
        } catch (TemplateException e) {
            return null;
        }
    }

    private void learn(List<String> roles, String text) {
        List<Mark> found = new ArrayList<>();
        int at = 0;
        String from = null;
        for (int i = 0; i < roles.size(); i++) {
            int said = text.indexOf(SAID + i, at);
            if (said < 0) {
                return;
            }
            found.add(new Mark(from, text.substring(at, said), roles.get(i)));
            at = said + (SAID + i).length();
            from = roles.get(i);
        }
        found.add(new Mark(from, text.substring(at), null));
        marks.addAll(found);
    }

    /**
     * Returns the turns that say something.
     *
     * @param prompt {@code [P]} token ids
     * @return null where it isn't a conversation as the template writes one
     */
    @Nullable
    List<Message> of(int[] prompt) {
        String text = marked(prompt);
        List<Mark> openings = marks.stream()
                .filter(mark -> mark.from == null && text.startsWith(mark.text))
                .filter(mark -> !"system".equals(mark.to) || !marks.contains(new Mark(null, mark.text, "user")))
                .sorted(Comparator.comparing((Mark mark) -> mark.text.isEmpty())
                        .thenComparing(mark -> !"system".equals(mark.to)))
                .toList();
        for (Mark opening : openings) {
            List<Message> turns = turns(opening, text);
            if (turns != null) {
                return turns;
            }
        }
        return null;
    }

    private @Nullable List<Message> turns(Mark opening, String text) {
        List<Message> turns = new ArrayList<>();
        int at = opening.text.length();
        String role = opening.to;
        while (role != null) {
            Mark next = next(role, text, at);
            if (next == null && !role.equals("assistant")) {
                return null;
            }
            int end = next == null ? text.length() : place(next, text, at);
            String said = shown(text.substring(at, end)).strip();
            if (!said.isEmpty()) {
                turns.add(Message.of(role, said));
            }
            at = next == null ? end : end + next.text.length();
            role = next == null ? null : next.to;
        }
        return turns;
    }

    /** The mark that is met first from a place on; of two at one place the longer one, and the one behind the last turn. */
    private @Nullable Mark next(String role, String text, int at) {
        return marks.stream()
                .filter(mark -> role.equals(mark.from) && !mark.text.isEmpty() && place(mark, text, at) >= 0)
                .min(Comparator.comparingInt((Mark mark) -> place(mark, text, at))
                        .thenComparingInt(mark -> -mark.text.length())
                        .thenComparing(mark -> mark.to != null))
                .orElse(null);
    }

    private static int place(Mark mark, String text, int at) {
        if (mark.to != null) {
            return text.indexOf(mark.text, at);
        }
        int place = text.length() - mark.text.length();
        return place >= at && text.endsWith(mark.text) ? place : -1;
    }

    /** The text of tokens, in which each control token is one character that no text has. */
    private String marked(int[] ids) {
        StringBuilder marked = new StringBuilder();
        int before = 0;
        for (int i = 0; i <= ids.length; i++) {
            if (i == ids.length || tokenizer.isControl(ids[i])) {
                String text = tokenizer.decode(Arrays.copyOf(ids, i), false);
                marked.append(text, Math.min(before, text.length()), text.length());
                if (i < ids.length) {
                    marked.append(control(ids[i]));
                    before = tokenizer.decode(Arrays.copyOf(ids, i + 1), false).length();
                }
            }
        }
        return marked.toString();
    }

    private String control(int id) {
        synchronized (controls) {
            return controls.computeIfAbsent(id, key -> Character.toString(PRIVATE_PLANE + controls.size()));
        }
    }

    /** A turn's words, its control tokens by their own names. */
    private String shown(String marked) {
        String shown = marked;
        synchronized (controls) {
            for (Map.Entry<Integer, String> control : controls.entrySet()) {
                shown = shown.replace(control.getValue(), tokenizer.decode(new int[] {control.getKey()}, false));
            }
        }
        return shown;
    }
}
