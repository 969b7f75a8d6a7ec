package org.align4j.core.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** JSON that notes which of its fields were read, so that a case says nothing that its test passes over. */
final class ReadFields {
    private static final ObjectMapper JSON = new ObjectMapper().setNodeFactory(new Noting());

    private ReadFields() {}

    static JsonNode of(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    static JsonNode of(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Lists the fields of a node, and of what it holds, that were not read though they say something: null, false and 0 say nothing.
     *
     * @param known names that may stay unread, wherever they are
     */
    static Set<String> unread(JsonNode node, Set<String> known) {
        Set<String> found = new LinkedHashSet<>();
        collect(node, "", known, found);
        return found;
    }

    /** Lists the fields of a node itself that were not read. */
    static Set<String> unreadHere(JsonNode node, Set<String> known) {
        Set<String> found = new LinkedHashSet<>();
        if (node instanceof Noted noted) {
            noted.properties(false).forEach(field -> {
                if (noted.isUnread(field, known)) {
                    found.add(field.getKey());
                }
            });
        }
        return found;
    }

    private static void collect(JsonNode node, String place, Set<String> known, Set<String> found) {
        if (node.isArray()) {
            node.forEach(element -> collect(element, place, known, found));
        }
        if (node instanceof Noted noted) {
            for (Map.Entry<String, JsonNode> field : noted.properties(false)) {
                String here = place.isEmpty() ? field.getKey() : place + "." + field.getKey();
                if (noted.isUnread(field, known)) {
                    found.add(here);
                } else if (!known.contains(field.getKey())) {
                    collect(field.getValue(), here, known, found);
                }
            }
        }
    }

    private static final class Noting extends JsonNodeFactory {
        private static final long serialVersionUID = 1;

        @Override
        public ObjectNode objectNode() {
            return new Noted(this);
        }
    }

    @SuppressWarnings("unchecked") // ObjectNode's own deepCopy
    private static final class Noted extends ObjectNode {
        private static final long serialVersionUID = 1;

        private final Set<String> read = ConcurrentHashMap.newKeySet();

        Noted(JsonNodeFactory factory) {
            super(factory);
        }

        boolean isUnread(Map.Entry<String, JsonNode> field, Set<String> known) {
            JsonNode value = field.getValue();
            boolean silent = value.isNull()
                    || (value.isBoolean() && !value.asBoolean())
                    || (value.isNumber() && value.asDouble() == 0);
            return !read.contains(field.getKey()) && !known.contains(field.getKey()) && !silent;
        }

        Set<Map.Entry<String, JsonNode>> properties(boolean noted) {
            if (noted) {
                read.addAll(_children.keySet());
            }
            return super.properties();
        }

        @Override
        public JsonNode get(String name) {
            read.add(name);
            return super.get(name);
        }

        @Override
        public JsonNode path(String name) {
            read.add(name);
            return super.path(name);
        }

        @Override
        public boolean has(String name) {
            return _children.containsKey(name);
        }

        @Override
        public Set<Map.Entry<String, JsonNode>> properties() {
            return properties(true);
        }

        @Override
        @SuppressWarnings("deprecation") // serialisation of this version of Jackson still calls it
        public Iterator<Map.Entry<String, JsonNode>> fields() {
            return properties(true).iterator();
        }

        @Override
        public Iterator<JsonNode> elements() {
            return properties(true).stream().map(Map.Entry::getValue).iterator();
        }
    }
}
