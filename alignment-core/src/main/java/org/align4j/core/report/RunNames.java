package org.align4j.core.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.align4j.core.error.VisibleText;

/** The names of runs side by side: their folder's, with as many folders above it as tell them apart. */
final class RunNames {
    private RunNames() {}

    /** Returns one name a run; a run given twice is numbered. */
    static List<String> of(List<RunView> runs) {
        return ofPaths(runs.stream().map(RunView::path).toList());
    }

    static List<String> ofPaths(List<Path> paths) {
        int deepest = paths.stream().mapToInt(Path::getNameCount).max().orElse(1);
        for (int depth = 1; depth <= deepest; depth++) {
            int levels = depth;
            List<String> names = paths.stream().map(path -> last(path, levels)).toList();
            if (new HashSet<>(names).size() == new HashSet<>(paths).size()) {
                return numbered(names);
            }
        }
        return numbered(paths.stream().map(Path::toString).toList());
    }

    private static String last(Path path, int levels) {
        int count = path.getNameCount();
        return count == 0
                ? path.toString()
                : VisibleText.of(
                        path.subpath(Math.max(0, count - levels), count).toString());
    }

    private static List<String> numbered(List<String> names) {
        List<String> numbered = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            long before = names.subList(0, i).stream().filter(name::equals).count();
            numbered.add(before == 0 ? name : name + " (" + (before + 1) + ")");
        }
        return numbered;
    }
}
