package org.align4j.core.reference;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One case of a reference folder.
 *
 * @param name unique in its folder, such as {@code llama} or {@code dpo.json/sigmoid}
 * @param path the case's folder, or the file that holds it
 * @param root the whole JSON file the case was found in
 * @param content the case's own part of {@code root}; the same as {@code root} where a file is one case
 */
public record ReferenceCase(String name, Path path, JsonNode root, JsonNode content) {
    /** A file beside the case (folder cases) as JSON. */
    public JsonNode json(String file) {
        return read(path.resolve(file));
    }

    /** A file of the case's folder. */
    public Path file(String file) {
        return path.resolve(file);
    }

    /** Whether the case's folder holds {@code file}. */
    public boolean has(String file) {
        return Files.exists(path.resolve(file));
    }

    /** One case for each element of the array {@code field} of this case's content, named by its {@code name} field or by its position. */
    public List<ReferenceCase> each(String field) {
        List<ReferenceCase> cases = new ArrayList<>();
        for (JsonNode element : content.path(field)) {
            String own = element.path("name").asText(field + "[" + cases.size() + "]");
            cases.add(new ReferenceCase(name + "/" + own, path, root, element));
        }
        return cases;
    }

    /** Reads JSON that knows what of it is read. */
    static JsonNode read(Path file) {
        return ReadFields.of(file);
    }
}
