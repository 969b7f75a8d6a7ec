package org.align4j.core.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.lora.ModelCard.Licence;

/** The licence of a base model: what the head of its card says, in its directory or on the hub. */
final class BaseLicence {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Pattern HEAD = Pattern.compile("\\A---\\r?\\n(.*?\\n)---\\s", Pattern.DOTALL);
    private static final long LONGEST_CARD = 1 << 20;

    private BaseLicence() {}

    /** @param onHub the head of the card on the hub, asked for where the directory has none */
    static Optional<Licence> of(Path model, Supplier<Optional<JsonNode>> onHub) {
        return licence(head(model.resolve("README.md"))).or(() -> licence(onHub.get()));
    }

    private static Optional<JsonNode> head(Path card) {
        try {
            if (!Files.isRegularFile(card) || Files.size(card) > LONGEST_CARD) {
                return Optional.empty();
            }
            Matcher head = HEAD.matcher(Files.readString(card));
            return head.find() ? Optional.ofNullable(YAML.readTree(head.group(1))) : Optional.empty();
        } catch (JsonProcessingException noYaml) {
            return Optional.empty();
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    private static Optional<Licence> licence(Optional<JsonNode> head) {
        return head.map(fields -> {
                    JsonNode id = fields.path("license");
                    return new Licence(
                            (id.isArray() ? id.path(0) : id).asText(),
                            fields.path("license_name").asText(),
                            fields.path("license_link").asText());
                })
                .filter(licence -> !licence.id().isEmpty());
    }
}
