package org.align4j.core.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Shows paths as a person gave them. config.yaml and manifest.json hold absolute ones, so that a run finds its files from any
 * folder; a page is passed on, and shows them from the folder that the run was begun in.
 */
final class GivenPaths {
    private static final Pattern CACHED = Pattern.compile(
            "(?<![\\w./-])/\\S*?/(?:models|datasets)--([^/\\s]+?)--([^/\\s]+)/snapshots/[^/\\s,\\]\"]+");

    private final List<Pattern> folders;

    private GivenPaths(Set<String> folders) {
        this.folders = folders.stream()
                .map(folder -> Pattern.compile("(?<![\\w./-])" + Pattern.quote(folder) + "/"))
                .toList();
    }

    static GivenPaths of(RunView run) {
        return of(
                run.documents().config(),
                run.reported()
                        .rows()
                        .flatMap(rows -> rows.set("train"))
                        .map(set -> set.files())
                        .orElse(List.of()),
                Path.of(""));
    }

    /**
     * Finds the folder that a run was begun in: what stands before the name that its first file was given by.
     *
     * @param files of the training rows, as they were given
     * @param here the folder of this process, which a run may have been begun in too
     */
    static GivenPaths of(Map<String, Object> config, List<String> files, Path here) {
        Set<String> folders = new LinkedHashSet<>();
        String settled =
                config.get("data") instanceof List<?> data && !data.isEmpty() ? String.valueOf(data.get(0)) : "";
        if (!files.isEmpty() && !files.get(0).startsWith("/") && settled.endsWith("/" + files.get(0))) {
            folders.add(settled.substring(0, settled.length() - files.get(0).length() - 1));
        }
        folders.add(here.toAbsolutePath().normalize().toString());
        folders.removeIf(folder -> folder.isEmpty() || folder.equals("/"));
        return new GivenPaths(folders);
    }

    /** Returns a text with its paths as they were given; a model or data set in the hub's cache has the hub's name. */
    String text(String text) {
        String shown = CACHED.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(found.group(1) + "/" + found.group(2)));
        for (Pattern folder : folders) {
            shown = folder.matcher(shown).replaceAll("");
        }
        return shown;
    }

    /** Returns values, nested ones too, with the paths in them as they were given. */
    Map<String, Object> in(Map<String, Object> values) {
        Map<String, Object> shown = new LinkedHashMap<>();
        values.forEach((name, value) -> shown.put(name, shown(value)));
        return shown;
    }

    private @Nullable Object shown(@Nullable Object value) {
        if (value instanceof String text) {
            return text(text);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(this::shown).toList();
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> shown = new LinkedHashMap<>();
            map.forEach((name, each) -> shown.put(name, shown(each)));
            return shown;
        }
        return value;
    }
}
