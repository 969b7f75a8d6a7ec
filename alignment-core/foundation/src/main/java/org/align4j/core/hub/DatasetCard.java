package org.align4j.core.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;

/** The part of a data set's README.md that says which files make which subset and split. */
final class DatasetCard {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final int LONGEST_SECTION = 1 << 18;

    private DatasetCard() {}

    /**
     * A subset that the README describes.
     *
     * @param folder the folder that its patterns start from, with a slash at its end, or empty
     * @param splits patterns of files by split; empty where the files' names say which is which
     */
    record Subset(String name, boolean byDefault, String folder, Map<String, List<FilePattern>> splits) {}

    /** @throws InputException where the section is there and can't be understood */
    static List<Subset> subsets(String dataset, String readme) {
        String section = section(readme);
        List<Subset> subsets = new ArrayList<>();
        if (section.isEmpty()) {
            return subsets;
        }
        if (section.length() > LONGEST_SECTION) {
            throw new InputException(dataset + " has a README.md whose configs have more than " + LONGEST_SECTION
                    + " characters; download its files and name them.");
        }
        try {
            for (JsonNode config : YAML.readTree(section).path("configs")) {
                subsets.add(subset(config));
            }
            return subsets;
        } catch (JsonProcessingException | IllegalArgumentException e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new InputException(
                    dataset + " has a README.md whose configs can't be understood (" + reason
                            + "); download its files and name them.",
                    e);
        }
    }

    /** The lines of {@code configs:} in the front matter; the rest of it may be anything. */
    private static String section(String readme) {
        List<String> lines = readme.lines().toList();
        if (lines.isEmpty() || !lines.get(0).strip().equals("---")) {
            return "";
        }
        return lines.stream()
                .skip(1)
                .takeWhile(line -> !line.strip().equals("---"))
                .dropWhile(line -> !line.startsWith("configs:"))
                .collect(Collectors.collectingAndThen(Collectors.toList(), DatasetCard::firstKey));
    }

    private static String firstKey(List<String> lines) {
        StringBuilder key = new StringBuilder();
        for (String line : lines) {
            boolean next = !line.isEmpty() && " \t-#".indexOf(line.charAt(0)) < 0;
            if (next && !key.isEmpty()) {
                break;
            }
            key.append(line).append('\n');
        }
        return key.toString();
    }

    private static Subset subset(JsonNode config) {
        String name = config.path("config_name").asText();
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a subset has no config_name");
        }
        String folder = relative(config.path("data_dir").asText());
        Map<String, List<FilePattern>> splits = new LinkedHashMap<>();
        JsonNode files = config.path("data_files");
        boolean named = files.isArray() && !files.isEmpty() && files.get(0).isObject();
        if (!named) {
            List<FilePattern> patterns = patterns(folder, files);
            if (!patterns.isEmpty()) {
                splits.put("train", patterns);
            }
        } else {
            for (JsonNode entry : files) {
                List<FilePattern> patterns = patterns(folder, entry.path("path"));
                if (patterns.isEmpty() || splits.put(entry.path("split").asText(), patterns) != null) {
                    throw new IllegalArgumentException("each of data_files needs a split of its own and a path");
                }
            }
        }
        return new Subset(
                name,
                config.path("default").asBoolean(false) || name.equals("default"),
                folder.isEmpty() || folder.endsWith("/") ? folder : folder + "/",
                splits);
    }

    private static List<FilePattern> patterns(String folder, JsonNode paths) {
        List<FilePattern> patterns = new ArrayList<>();
        for (JsonNode path : paths.isTextual() ? List.of(paths) : paths) {
            if (!path.isTextual() || path.textValue().contains("://")) {
                throw new IllegalArgumentException("data_files has " + path + ", which is no path in the repository");
            }
            String start = folder.isEmpty() || folder.endsWith("/") ? folder : folder + "/";
            patterns.add(new FilePattern(start + relative(path.textValue())));
        }
        return patterns;
    }

    private static String relative(String path) {
        return path.startsWith("./") ? path.substring(2) : path;
    }
}
