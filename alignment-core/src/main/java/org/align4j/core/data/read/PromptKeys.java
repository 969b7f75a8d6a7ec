package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.error.Nearest;
import org.jspecify.annotations.Nullable;

/**
 * Looks for keys that plausibly hold a prompt, or a part of one, among those that nobody read. Beside a prompt they are
 * counted; where a prompt would have to be guessed they are refused.
 */
final class PromptKeys {
    /** Names of a whole prompt, in letters only; the first that a row has is offered as the prompt. */
    private static final List<String> WHOLE = List.of(
            "prompttext",
            "instruction",
            "instructions",
            "question",
            "query",
            "userprompt",
            "userinput",
            "usermessage",
            "user",
            "human",
            "request",
            "problem",
            "post",
            "messages",
            "conversations",
            "conversation",
            "dialogue",
            "dialog",
            "turns",
            "chat",
            "input",
            "inputs",
            "text");

    private static final Set<String> PART =
            Set.of("context", "history", "system", "systemprompt", "document", "article", "passage");

    private static final Remembered<String, Boolean> NAMES = new Remembered<>(PromptKeys::looksLikeName);
    private static final Remembered<String, Boolean> MISTYPED =
            new Remembered<>(key -> Nearest.close(key, List.of("prompt")).isPresent());

    private final Fields fields;

    PromptKeys(Fields fields) {
        this.fields = fields;
    }

    /**
     * Refuses to take what two answers share for their prompt while another key plausibly holds it.
     *
     * @param shared what they share; a key that repeats it is no other prompt
     * @param answers both answers; a key that repeats one of them is none either
     */
    void refuseBeside(List<String> shared, List<?> answers) {
        List<String> keys = fields.unread().stream()
                .filter(key -> isName(key) || meansPrompt(key))
                .filter(key -> !repeats(key, shared) && !answers.contains(fields.peek(key)))
                .toList();
        if (keys.isEmpty()) {
            return;
        }
        String named =
                String.join(" and ", keys.stream().map(key -> '"' + key + '"').toList());
        throw fields.origin()
                .error(named + (keys.size() == 1 ? " stands" : " stand")
                        + " beside the answers, but nothing is said in a \"prompt\"; " + advice(keys));
    }

    /** Counts the keys that are not read beside a prompt and say what it does not. */
    void noteUnread() {
        List<String> known = null;
        for (String key : fields.unread()) {
            if (isName(key)) {
                known = known == null ? texts(fields.readValues()) : known;
                if (!repeats(key, known)) {
                    fields.note('"' + key + "\" stands beside the prompt and is not read" + way(key));
                }
            }
        }
    }

    private String way(String key) {
        boolean joins = fields.peek(key) instanceof String && !fields.has("input");
        return joins ? "; --columns input=" + key + " puts it after a prompt of text" : "";
    }

    private String advice(List<String> keys) {
        for (String key : keys) {
            if (meansPrompt(key)) {
                return "did you mean prompt instead of " + key + "?";
            }
        }
        return WHOLE.stream()
                .flatMap(name -> keys.stream().filter(key -> letters(key).equals(name)))
                .findFirst()
                .map(key -> "write --columns prompt=" + key + " if that is the prompt, or take it out.")
                .orElse("give the prompt, or name the key that holds it: --columns prompt=KEY.");
    }

    private static boolean meansPrompt(String key) {
        return MISTYPED.of(key);
    }

    private static boolean isName(String key) {
        return NAMES.of(key);
    }

    private static boolean looksLikeName(String key) {
        String letters = letters(key);
        return WHOLE.contains(letters) || PART.contains(letters);
    }

    private static String letters(String key) {
        return key.replaceAll("[^\\p{L}]", "").toLowerCase(Locale.ROOT);
    }

    /** Whether a key says nothing, or nothing that is not said already. */
    private boolean repeats(String key, List<String> known) {
        return texts(fields.peek(key)).stream()
                .map(Whitespace::strip)
                .allMatch(text -> known.stream().anyMatch(said -> said.contains(text)));
    }

    /** The texts that a value says: itself, those of its items, and of messages what is said, not by whom. */
    static List<String> texts(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream().flatMap(item -> texts(item).stream()).toList();
        }
        if (value instanceof Map<?, ?> map) {
            List<String> said = new ArrayList<>();
            for (String part : List.of("content", "value", "text", "messages")) {
                said.addAll(texts(map.get(part)));
            }
            return said.isEmpty() ? texts(new ArrayList<>(map.values())) : List.copyOf(said);
        }
        return Stream.ofNullable(value)
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .filter(text -> !Whitespace.only(text))
                .toList();
    }
}
