package org.align4j.core.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.template.TemplateException;
import org.jspecify.annotations.Nullable;

/**
 * Says which roles a template knows, by what it does: a role that it writes just like one that nobody has heard of is
 * none of its own. System, user, assistant and tool are always left to the template; other names of these four become
 * them where the template does not know the name. May be used from several threads.
 */
final class Roles {
    private static final Set<String> STANDARD = Set.of("system", "user", "assistant", "tool");
    private static final Map<String, String> ALIASES = aliases();
    private static final String NOBODY = "zqxrole";
    private static final String SAID = "zqxsaid";

    private final Function<List<Message>, String> render;
    private final Map<String, Boolean> known = new ConcurrentHashMap<>();

    /** @param render writes a conversation, or throws a {@link TemplateException} */
    Roles(Function<List<Message>, String> render) {
        this.render = render;
    }

    private static Map<String, String> aliases() {
        Map<String, String> aliases = new LinkedHashMap<>();
        STANDARD.forEach(role -> aliases.put(role, role));
        List.of("human", "prompter").forEach(role -> aliases.put(role, "user"));
        List.of("gpt", "bot", "model", "chatgpt", "chatbot", "ai").forEach(role -> aliases.put(role, "assistant"));
        List.of("function", "ipython", "observation", "tool_response", "function_response")
                .forEach(role -> aliases.put(role, "tool"));
        aliases.put("developer", "system");
        return aliases;
    }

    /** Which of system, user, assistant and tool a role is another name of; null where of none. */
    static @Nullable String standard(String role) {
        return ALIASES.get(role.toLowerCase(Locale.ROOT));
    }

    /**
     * The role that the template is given.
     *
     * @return null where neither the template nor anybody else knows the role
     */
    @Nullable
    String read(String role) {
        return STANDARD.contains(role) || knows(role) ? role : standard(role);
    }

    /** The error for a role that {@link #read} does not find. */
    InputException unknown(String message, String role, String template) {
        List<String> names = new ArrayList<>();
        for (String name : List.of("system", "user", "assistant", "tool", "developer", "ipython", "observation")) {
            if (knows(name) || (STANDARD.contains(name) && writes(name))) {
                names.add(name);
            }
        }
        return new InputException(message + " has the role \"" + role + "\", which the chat template (" + template
                + ") doesn't know; it knows " + String.join(", ", names) + ". Rename the role in the data.");
    }

    private boolean knows(String role) {
        return known.computeIfAbsent(role, name -> {
            for (List<Message> before : settings()) {
                if (!written(before, name).equals(renamed(written(before, NOBODY), name))) {
                    return true;
                }
            }
            return false;
        });
    }

    private boolean writes(String role) {
        return settings().stream().anyMatch(before -> written(before, role).contains(SAID));
    }

    /** What a message may stand after: nothing, a question, an answer, a call. */
    private static List<List<Message>> settings() {
        Message question = Message.of("user", "q");
        Map<String, @Nullable Object> call = new LinkedHashMap<>();
        call.put("role", "assistant");
        call.put("content", "");
        call.put(
                "tool_calls",
                List.of(Map.of(
                        "id",
                        "call12345",
                        "type",
                        "function",
                        "function",
                        Map.of("name", "f", "arguments", Map.of()))));
        return List.of(
                List.of(),
                List.of(question),
                List.of(question, Message.of("assistant", "a")),
                List.of(question, new Message("assistant", call)));
    }

    /** The text that a template would write if it did with a name what it does with an unheard-of one. */
    private static String renamed(String text, String name) {
        return text.replace(NOBODY, name)
                .replace(capital(NOBODY), capital(name))
                .replace(NOBODY.toUpperCase(Locale.ROOT), name.toUpperCase(Locale.ROOT));
    }

    private static String capital(String name) {
        return name.isEmpty() ? name : name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    /** The text, or that the template fails. */
    private String written(List<Message> before, String role) {
        List<Message> all = new ArrayList<>(before);
        all.add(Message.of(role, SAID));
        if (before.isEmpty()) {
            all.add(Message.of("user", "q"));
        }
        try {
            return render.apply(all);
        } catch (TemplateException e) {
            return "\0 fails";
        }
    }
}
