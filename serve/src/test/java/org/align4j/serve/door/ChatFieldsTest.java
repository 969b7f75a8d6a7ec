package org.align4j.serve.door;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.CaseFormat;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.completions.CompletionCreateParams;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.align4j.serve.door.FieldTable.Field;
import org.junit.jupiter.api.Test;

/** The table of a chat's fields: OpenAI's own client says which there are, and docs/chat.md shows what becomes of each. */
class ChatFieldsTest {
    /** How a stream is asked for; the client has a method of its own for it. */
    private static final Set<String> BY_METHOD = Set.of("stream");

    @Test
    void everyFieldOfTheClientHasALine() {
        assertThat(known(ChatFields.CHAT)).isEqualTo(fields(ChatCompletionCreateParams.Body.class));
        assertThat(known(ChatFields.COMPLETIONS)).isEqualTo(fields(CompletionCreateParams.Body.class));
    }

    @Test
    void aRefusedFieldNamesItsDefault() {
        for (ChatFields endpoint : List.of(ChatFields.CHAT, ChatFields.COMPLETIONS)) {
            endpoint.fields().forEach((name, field) -> {
                assertThat(field.accepted() != null).as(name).isEqualTo(field.standing() == Standing.REFUSED);
                assertThat(field.means()).as(name).isNotBlank();
            });
        }
    }

    @Test
    void theDocumentShowsTheTable() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("align4j.root"), "docs", "chat.md"));
        assertThat(page).contains(table());
    }

    private static Set<String> known(ChatFields endpoint) {
        Set<String> names = new TreeSet<>(endpoint.fields().keySet());
        names.removeAll(BY_METHOD);
        return names;
    }

    /** The client's body has a raw accessor, {@code _topLogprobs()}, for each field. */
    private static Set<String> fields(Class<?> body) {
        return Arrays.stream(body.getMethods())
                .map(Method::getName)
                .filter(name -> name.startsWith("_") && !name.equals("_additionalProperties"))
                .map(name -> CaseFormat.LOWER_CAMEL.to(CaseFormat.LOWER_UNDERSCORE, name.substring(1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String table() {
        Map<String, String> lines = new LinkedHashMap<>();
        for (ChatFields endpoint : List.of(ChatFields.CHAT, ChatFields.COMPLETIONS)) {
            endpoint.fields().forEach((name, field) -> lines.put(line(endpoint, name, field), ""));
        }
        return "| field | of | | what it does here |\n|---|---|---|---|\n" + String.join("\n", lines.keySet()) + "\n";
    }

    private static String line(ChatFields endpoint, String name, Field field) {
        ChatFields other = endpoint == ChatFields.CHAT ? ChatFields.COMPLETIONS : ChatFields.CHAT;
        boolean both = field.equals(other.fields().get(name));
        String of = both ? "both" : endpoint == ChatFields.CHAT ? "chats" : "completions";
        String taken = field.accepted() == null ? "" : "; taken: " + field.accepted();
        return "| `" + name + "` | " + of + " | " + field.standing().word() + " | "
                + field.means().replace("|", "\\|") + taken.replace("[", "").replace("]", "") + " |";
    }
}
