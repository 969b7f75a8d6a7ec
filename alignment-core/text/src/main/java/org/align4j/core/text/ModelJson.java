package org.align4j.core.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;

/** The small JSON files of a model folder, each of which may be absent. */
final class ModelJson {
    public static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS);

    private ModelJson() {}

    /** The file's object; a missing node where there is no such file. */
    public static JsonNode readIfThere(Path file) {
        if (!Files.exists(file)) {
            return MissingNode.getInstance();
        }
        JsonNode root;
        try {
            root = MAPPER.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw broken(file, e);
        } catch (IOException e) {
            throw new InputException(file + " can't be read: " + FileFailure.reason(e) + ".", e);
        }
        if (!root.isObject()) {
            throw new InputException(file + " holds no JSON object; get the file again.");
        }
        return root;
    }

    static InputException broken(Path file, JsonProcessingException e) {
        String place = e.getLocation() == null
                ? ""
                : ", line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
        return new InputException(
                file + place + ": not valid JSON (" + e.getOriginalMessage() + "); get the file again.", e);
    }
}
