package org.align4j.desk.watch;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.desk.watch.Feed.Seen;
import org.align4j.web.EventStream;

/** What one browser was sent, so that it is sent only what changed. */
final class PageStream {
    private final EventStream stream;
    private final Map<String, String> rows = new HashMap<>();
    private final Map<String, String> parts = new LinkedHashMap<>();
    private String scene = "";
    private String charts = "[]";

    PageStream(EventStream stream) {
        this.stream = stream;
    }

    /**
     * Sends what is new in a moment.
     *
     * @return whether there was anything
     */
    boolean send(Seen seen) {
        boolean any = false;
        List<String> newer = seen.rows().entrySet().stream()
                .filter(row -> !row.getValue().equals(rows.get(row.getKey())))
                .map(Map.Entry::getValue)
                .toList();
        if (!newer.isEmpty()) {
            rows.putAll(seen.rows());
            message("rows", "[" + String.join(",", newer) + "]");
            any = true;
        }
        if (!seen.scene().equals(scene)) {
            scene = seen.scene();
            message("scene", scene);
            any = true;
        }
        Map<String, String> changed = new LinkedHashMap<>(seen.report().parts());
        changed.entrySet().removeIf(part -> part.getValue().equals(parts.get(part.getKey())));
        if (!changed.isEmpty()) {
            parts.putAll(changed);
            message("parts", Json.text(changed));
            any = true;
        }
        if (!seen.report().charts().equals(charts)) {
            charts = seen.report().charts();
            message("charts", charts);
            any = true;
        }
        return any;
    }

    /** Says that the server ends. */
    void end() {
        message("end", "{}");
    }

    private void message(String type, String json) {
        stream.send("{\"type\":\"" + type + "\",\"data\":" + json + "}");
    }
}
