package org.align4j.testing;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The methods that types of the JDK declare, and so may call back; other libraries' types aren't looked into. */
final class Libraries {
    private static final Map<String, Set<String>> METHODS = new ConcurrentHashMap<>();

    private Libraries() {}

    /** Whether the methods of the type are known; of an unknown one, any method may be called. */
    static boolean isPlain(String type) {
        return type.startsWith("java/") && !methods(type).contains("?");
    }

    /** The names of the methods that may be called back: those that aren't static or final. */
    static Set<String> methods(String type) {
        return METHODS.computeIfAbsent(type, name -> {
            if (!name.startsWith("java/")) {
                return Set.of("?");
            }
            try {
                Class<?> found = Class.forName(name.replace('/', '.'), false, ClassLoader.getPlatformClassLoader());
                Set<String> methods = Arrays.stream(found.getMethods())
                        .map(each -> each.getName())
                        .collect(Collectors.toSet());
                Arrays.stream(found.getDeclaredMethods()).forEach(each -> methods.add(each.getName()));
                return methods;
            } catch (ClassNotFoundException | LinkageError e) {
                return Set.of("?");
            }
        });
    }
}
