package org.align4j.testing;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What one test class may run, followed from its methods through bytecode: a call runs the method of each class below the receiver's of which
 * an instance is made on the way (rapid type analysis), and whatever {@link Rules} add.
 */
final class Reach {
    private final Program program;
    private final Map<String, Set<String>> names;
    /** The sources reached, with the number of calls on the shortest way found. */
    private final Map<String, Integer> sources = new LinkedHashMap<>();

    private final Set<String> strings = new HashSet<>();
    private final Set<String> methods = new HashSet<>();
    private final Set<String> touched = new HashSet<>();
    private final Set<String> made = new HashSet<>();
    private final Map<String, Set<String>> madeBelow = new HashMap<>();
    private final Map<String, Set<String>> called = new HashMap<>();
    private final ArrayDeque<Work> waiting = new ArrayDeque<>();
    /** What tests and examples type, word by word, and whole strings of the program: a constant or a default may choose a provider. */
    private final Set<String> words = new HashSet<>();

    private final Map<String, Offer> unnamed = new HashMap<>();
    private final Set<String> openServices = new HashSet<>();
    private final Map<String, String> from = new HashMap<>();
    private String at = "";
    private boolean everything;
    private boolean startsJava;

    /** A provider that waits for its name: the services, and where it would be used. */
    private record Offer(Set<String> services, String at, int distance) {}

    private record Work(String owner, ClassFile.Method method, int distance) {}

    /**
     * Follows a test class.
     *
     * @param names the names under which each provider of a named service is chosen, by class
     */
    Reach(Program program, Map<String, Set<String>> names, String test) {
        this.program = program;
        this.names = names;
        for (Map.Entry<String, Program.Type> entry : nested(test)) {
            touch(entry.getKey(), 0);
            make(entry.getKey(), 0);
            allMethods(entry.getKey(), 0);
        }
        do {
            drain();
        } while (openNamed());
        // A process of Java's runs a main method, which a class or a name led to; else no rule knows what it runs.
        everything |=
                startsJava && methods.stream().noneMatch(method -> method.endsWith(".main([Ljava/lang/String;)V"));
    }

    /** Whether no rule knows what the test runs, so that it belongs to every change. */
    boolean everything() {
        return everything;
    }

    /** The sources reached, with their distances. */
    Map<String, Integer> sources() {
        return sources;
    }

    /** The way to a source, one line for each call, from the test on; empty if it isn't reached. */
    List<String> way(String source) {
        List<String> lines = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (String step = from.get(source); step != null && !step.isEmpty() && seen.add(step); step = from.get(step)) {
            lines.add(0, step);
        }
        return lines;
    }

    /** The strings of the classes on the way. */
    Set<String> strings() {
        return strings;
    }

    private List<Map.Entry<String, Program.Type>> nested(String test) {
        String source = program.types().get(test).source();
        List<Map.Entry<String, Program.Type>> found = new ArrayList<>();
        for (Map.Entry<String, Program.Type> entry : program.types().entrySet()) {
            if (entry.getValue().source().equals(source)
                    && (entry.getKey().equals(test) || entry.getKey().startsWith(test + "$"))) {
                found.add(entry);
            }
        }
        String above = program.types().get(test).file().superName;
        if (program.types().containsKey(above)) {
            found.addAll(nested(above));
        }
        return found;
    }

    private void drain() {
        while (!waiting.isEmpty()) {
            Work work = waiting.poll();
            at = work.owner() + "." + work.method().name() + work.method().descriptor();
            run(work.owner(), work.method(), work.distance() + 1);
        }
        at = "";
    }

    private void run(String owner, ClassFile.Method method, int distance) {
        Program.Type type = program.types().get(owner);
        boolean typed = Rules.isTyped(type);
        for (String string : method.strings()) {
            strings.add(string);
            if (string.contains("org.align4j.")) {
                Rules.CLASS_NAME
                        .matcher(string)
                        .results()
                        .forEach(found -> hold(found.group().replace('.', '/'), distance));
            }
            words.add(string);
            if (typed) {
                Rules.WORD.matcher(string).results().forEach(found -> words.add(found.group()));
                if (Rules.ASKS_FOR_ALL.matcher(string).find()) {
                    openServices.addAll(Rules.NAMED_SERVICES);
                }
            }
        }
        method.made().forEach(name -> {
            touch(name, distance);
            make(name, distance);
        });
        method.touched().forEach(name -> touch(name, distance));
        boolean loads = method.exact().stream()
                .anyMatch(call -> call.owner().equals("java/util/ServiceLoader")
                        && call.name().equals("load"));
        // A service that isn't named beside its loading may be any.
        everything |= loads && method.held().isEmpty();
        for (String held : method.held()) {
            if (loads && program.providers().containsKey(held)) {
                touch(held, distance);
                provide(held, distance);
            } else {
                hold(held, distance);
            }
        }
        if (type.isTest()) {
            look(owner, method);
        }
        for (ClassFile.Member call : method.exact()) {
            opaque(call, owner);
            exact(call, distance);
        }
        for (ClassFile.Member call : method.virtual()) {
            opaque(call, owner);
            virtual(call, distance);
        }
    }

    /** A test that names a service itself may ask for any provider. */
    private void look(String owner, ClassFile.Method method) {
        for (String service : Rules.NAMED_SERVICES) {
            boolean named =
                    method.virtual().stream().anyMatch(call -> call.owner().equals(service))
                            || method.held().contains(service);
            if (named && !program.supertypes(owner).contains(service)) {
                openServices.add(service);
            }
        }
    }

    private void opaque(ClassFile.Member call, String owner) {
        Set<String> calls = Rules.OPAQUE.get(call.owner());
        if (calls != null && calls.contains(call.name())) {
            everything = true;
        }
        boolean starts = call.owner().equals("java/lang/ProcessBuilder")
                        && call.name().equals("<init>")
                || call.owner().equals("java/lang/Runtime") && call.name().equals("exec");
        if (starts) {
            Rules.Started started = Rules.PROGRAMS.getOrDefault(Rules.topLevel(owner), Rules.Started.ALL);
            everything |= started == Rules.Started.ALL;
            startsJava |= started == Rules.Started.NAMES;
        }
    }

    private void exact(ClassFile.Member call, int distance) {
        if (!program.types().containsKey(call.owner())) {
            return;
        }
        touch(call.owner(), distance);
        String signature = call.name() + call.descriptor();
        String owner = program.resolve(call.owner(), signature);
        if (owner != null) {
            reach(owner, signature, distance);
        }
    }

    private void virtual(ClassFile.Member call, int distance) {
        if (!program.types().containsKey(call.owner())) {
            return;
        }
        touch(call.owner(), distance);
        String signature = call.name() + call.descriptor();
        if (called.computeIfAbsent(call.owner(), any -> new HashSet<>()).add(signature)) {
            for (String below : List.copyOf(madeBelow.getOrDefault(call.owner(), Set.of()))) {
                dispatch(below, signature, distance);
            }
        }
    }

    private void dispatch(String type, String signature, int distance) {
        String owner = program.resolve(type, signature);
        if (owner != null) {
            reach(owner, signature, distance);
        }
    }

    private void reach(String owner, String signature, int distance) {
        if (methods.add(owner + "." + signature)) {
            from.putIfAbsent(owner + "." + signature, at);
            touch(owner, distance);
            waiting.add(new Work(owner, program.method(owner, signature), distance));
        }
    }

    private void touch(String name, int distance) {
        Program.Type type = program.types().get(name);
        if (type == null || !touched.add(name)) {
            return;
        }
        sources.merge(type.source(), distance, Math::min);
        from.putIfAbsent(type.source(), at);
        type.constants().stream()
                .map(program.types()::get)
                .filter(Objects::nonNull)
                .forEach(constant -> {
                    sources.merge(constant.source(), distance + 1, Math::min);
                    from.putIfAbsent(constant.source(), at);
                });
        if (program.method(name, "<clinit>()V") != null) {
            reach(name, "<clinit>()V", distance);
        }
        touch(type.file().superName, distance);
        type.file().interfaces.forEach(above -> touch(above, distance));
        type.file().annotations.forEach(annotation -> hold(annotation, distance));
        words.addAll(type.file().annotated);
        if (type.file().isRecord()) {
            make(name, distance);
            for (ClassFile.Method method : type.file().methods) {
                boolean accessor =
                        method.asksNothing() && type.file().components.contains(method.name());
                if (method.name().equals("<init>") || accessor) {
                    reach(name, method.name() + method.descriptor(), distance);
                }
            }
            type.file().componentTypes.forEach(component -> {
                touch(component, distance + 1);
                reflected(component, distance + 1);
            });
        }
    }

    private void reflected(String name, int distance) {
        Program.Type type = program.types().get(name);
        if (type != null) {
            type.file().methods.stream()
                    .filter(method -> method.is(ClassFile.STATIC) && Rules.CALLED_BY_NAME.contains(method.name()))
                    .forEach(method -> reach(name, method.name() + method.descriptor(), distance));
        }
    }

    /** A class that is taken as a value may be opened by reflection. */
    private void hold(String name, int distance) {
        if (program.types().containsKey(name)) {
            touch(name, distance);
            make(name, distance);
            allMethods(name, distance);
        }
    }

    private void allMethods(String name, int distance) {
        for (ClassFile.Method method : program.types().get(name).file().methods) {
            if (!method.is(ClassFile.ABSTRACT)) {
                reach(name, method.name() + method.descriptor(), distance);
            }
        }
    }

    private void make(String name, int distance) {
        if (!program.types().containsKey(name) || !made.add(name)) {
            return;
        }
        below(name, distance);
    }

    private void below(String name, int distance) {
        boolean plain = true;
        for (String above : program.supertypes(name)) {
            madeBelow.computeIfAbsent(above, any -> new HashSet<>()).add(name);
            for (String signature : List.copyOf(called.getOrDefault(above, Set.of()))) {
                dispatch(name, signature, distance);
            }
            if (!program.types().containsKey(above)) {
                plain &= Libraries.isPlain(above);
                for (String method : Libraries.methods(above)) {
                    callBack(name, method, distance);
                }
            }
        }
        if (!plain) {
            for (String above : program.supertypes(name)) {
                if (program.types().containsKey(above)) {
                    allMethods(above, distance);
                }
            }
        }
    }

    /** A library may call what it declares, on any instance that it is given. */
    private void callBack(String name, String method, int distance) {
        for (String at = name;
                program.types().containsKey(at);
                at = program.types().get(at).file().superName) {
            for (ClassFile.Method own : program.types().get(at).file().methods) {
                if (own.name().equals(method) && !own.is(ClassFile.ABSTRACT) && !own.is(ClassFile.STATIC)) {
                    reach(at, own.name() + own.descriptor(), distance);
                }
            }
        }
        for (String above : program.supertypes(name)) {
            Program.Type type = program.types().get(above);
            if (type != null && type.file().isInterface()) {
                for (ClassFile.Method own : type.file().methods) {
                    if (own.name().equals(method) && !own.is(ClassFile.ABSTRACT) && !own.is(ClassFile.STATIC)) {
                        reach(above, own.name() + own.descriptor(), distance);
                    }
                }
            }
        }
    }

    private void provide(String service, int distance) {
        for (String provider : program.providers().get(service)) {
            if (!program.types().containsKey(provider)) {
                continue;
            }
            if (Rules.NAMED_SERVICES.contains(service)) {
                unnamed.computeIfAbsent(provider, any -> new Offer(new HashSet<>(), at, distance))
                        .services()
                        .add(service);
            } else {
                use(provider, distance);
            }
        }
    }

    private void use(String provider, int distance) {
        touch(provider, distance);
        program.types().get(provider).file().methods.stream()
                .filter(method ->
                        method.name().equals("<init>") || method.name().equals("provider"))
                .forEach(method -> reach(provider, method.name() + method.descriptor(), distance));
        make(provider, distance);
    }

    /** Lets those providers run whose names were found; says whether there were any. */
    private boolean openNamed() {
        List<String> opened = new ArrayList<>();
        unnamed.forEach((provider, offer) -> {
            Set<String> known = names.getOrDefault(provider, Set.of());
            if (known.stream().anyMatch(words::contains)
                    || offer.services().stream().anyMatch(openServices::contains)) {
                opened.add(provider);
            }
        });
        for (String provider : opened) {
            Offer offer = unnamed.remove(provider);
            at = offer.at();
            use(provider, offer.distance());
        }
        return !opened.isEmpty();
    }
}
