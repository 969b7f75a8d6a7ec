package org.align4j.testing;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a compiled class says of itself: its members, and of each method what it calls, which types it touches and which strings it holds. Names
 * of classes have slashes, as in the file.
 */
final class ClassFile {
    static final int PRIVATE = 0x2;
    static final int STATIC = 0x8;
    static final int ABSTRACT = 0x400;
    static final int SYNTHETIC = 0x1000;
    private static final Pattern TYPE = Pattern.compile("L([\\w/$]+)[;<]");

    /** A field or method of a class by name and descriptor, as an instruction names it. */
    record Member(String owner, String name, String descriptor) {}

    /**
     * What one method does.
     *
     * @param virtual calls that the receiver's class decides
     * @param exact calls of exactly this method: static ones, constructors, lambdas' bodies, method handles
     * @param made classes of which it makes instances
     * @param touched classes that it names in other ways
     * @param held classes that it takes as values ({@code A.class}), which reflection may open
     */
    record Method(
            String name,
            String descriptor,
            int access,
            List<Member> virtual,
            List<Member> exact,
            Set<String> made,
            Set<String> touched,
            Set<String> held,
            Set<String> strings) {
        boolean is(int flag) {
            return (access & flag) != 0;
        }

        /** Whether a caller gives it nothing: what a list of services asks each of them. */
        boolean asksNothing() {
            return descriptor.startsWith("()");
        }
    }

    final String name;
    final String superName;
    final List<String> interfaces = new ArrayList<>();
    final int access;
    final List<Method> methods = new ArrayList<>();
    /** The names and descriptors of a record's components. */
    final List<String> components = new ArrayList<>();

    final Set<String> componentTypes = new HashSet<>();
    /** Types in annotations of the class and its members. */
    final Set<String> annotations = new HashSet<>();
    /** Strings that annotations of the class and its members hold, such as the default of an option. */
    final Set<String> annotated = new HashSet<>();
    /** What others are compiled against: everything but private members and code. */
    final String contract;
    /** Where each method's code lies in the file. */
    final List<Code> codes = new ArrayList<>();

    private final byte[] bytes;
    private final Pool pool;
    private final List<int[]> bootstraps = new ArrayList<>();

    /** The code of a method: where it begins in the file, its length, and its line numbers as pairs of (place, line). */
    record Code(String method, String descriptor, int start, int length, List<int[]> lines) {
        int line(int place) {
            int found = 0;
            for (int[] entry : lines) {
                if (entry[0] <= place) {
                    found = entry[1];
                }
            }
            return found;
        }
    }

    /** Reads a class file. */
    ClassFile(byte[] bytes) {
        this.bytes = bytes;
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            in.skipBytes(8);
            pool = new Pool(in, bytes);
            access = in.readUnsignedShort();
            name = pool.className(in.readUnsignedShort());
            int above = in.readUnsignedShort();
            superName = above == 0 ? "" : pool.className(above);
            for (int left = in.readUnsignedShort(); left > 0; left--) {
                interfaces.add(pool.className(in.readUnsignedShort()));
            }
            TreeSet<String> shown = new TreeSet<>();
            shown.add(access + " " + name + " " + superName + " " + interfaces);
            List<int[]> codePlaces = new ArrayList<>();
            List<String[]> codeMethods = new ArrayList<>();
            List<List<int[]>> lines = new ArrayList<>();
            for (int kind = 0; kind < 2; kind++) {
                for (int left = in.readUnsignedShort(); left > 0; left--) {
                    int flags = in.readUnsignedShort();
                    String member = pool.text(in.readUnsignedShort());
                    String descriptor = pool.text(in.readUnsignedShort());
                    StringBuilder attributes = new StringBuilder();
                    boolean hasCode = false;
                    for (int more = in.readUnsignedShort(); more > 0; more--) {
                        String attribute = pool.text(in.readUnsignedShort());
                        int length = in.readInt();
                        int start = bytes.length - in.available();
                        if (attribute.equals("Code")) {
                            hasCode = true;
                            int codeLength = int4(start + 4);
                            codePlaces.add(new int[] {start + 8, codeLength});
                            codeMethods.add(new String[] {member, descriptor, Integer.toString(flags)});
                            lines.add(lines(start + 8 + codeLength));
                        } else {
                            attributes.append(described(attribute, start, length));
                        }
                        in.skipBytes(length);
                    }
                    if (kind == 1 && !hasCode) {
                        methods.add(new Method(
                                member,
                                descriptor,
                                flags,
                                List.of(),
                                List.of(),
                                Set.of(),
                                Set.of(),
                                Set.of(),
                                Set.of()));
                    }
                    if ((flags & (PRIVATE | SYNTHETIC)) == 0 && !member.equals("<clinit>")) {
                        shown.add(flags + " " + member + " " + descriptor + attributes);
                    }
                }
            }
            for (int more = in.readUnsignedShort(); more > 0; more--) {
                String attribute = pool.text(in.readUnsignedShort());
                int length = in.readInt();
                int start = bytes.length - in.available();
                classAttribute(attribute, start, length, shown);
                in.skipBytes(length);
            }
            contract = String.join("\n", shown);
            for (int i = 0; i < codePlaces.size(); i++) {
                String[] of = codeMethods.get(i);
                codes.add(
                        new Code(of[0], of[1], codePlaces.get(i)[0], codePlaces.get(i)[1], lines.get(i)));
                methods.add(read(codes.get(i), Integer.parseInt(of[2])));
            }
        } catch (IOException e) {
            throw new IllegalStateException("a class file ends too early", e);
        }
    }

    /** The classes that the file names anywhere. */
    Set<String> names() {
        Set<String> named = new HashSet<>();
        for (int i = 1; i < pool.count(); i++) {
            if (pool.tag(i) == Pool.CLASS) {
                named.add(pool.className(i).replaceAll("^\\[+L|;$", ""));
            } else if (pool.tag(i) == 1 && pool.text(i).indexOf(';') > 0) {
                named.addAll(types(pool.text(i)));
            }
        }
        return named;
    }

    /** All strings of the file, those of annotations included. */
    List<String> texts() {
        List<String> texts = new ArrayList<>(annotated);
        for (int i = 1; i < pool.count(); i++) {
            if (pool.tag(i) == Pool.STRING) {
                texts.add(pool.text(pool.first(i)));
            }
        }
        return texts;
    }

    /** Returns the file's constants. */
    Pool pool() {
        return pool;
    }

    boolean isRecord() {
        return superName.equals("java/lang/Record");
    }

    boolean isAbstract() {
        return (access & ABSTRACT) != 0;
    }

    boolean isInterface() {
        return (access & 0x200) != 0;
    }

    private List<int[]> lines(int place) {
        List<int[]> found = new ArrayList<>();
        int at = place + 2 + 8 * int2(place);
        int attributes = int2(at);
        at += 2;
        for (int i = 0; i < attributes; i++) {
            if (pool.text(int2(at)).equals("LineNumberTable")) {
                for (int entry = 0; entry < int2(at + 6); entry++) {
                    found.add(new int[] {int2(at + 8 + 4 * entry), int2(at + 10 + 4 * entry)});
                }
            }
            at += 6 + int4(at + 2);
        }
        found.sort((one, other) -> Integer.compare(one[0], other[0]));
        return found;
    }

    private String described(String attribute, int start, int length) {
        return switch (attribute) {
            case "ConstantValue" -> " = " + pool.constant(int2(start));
            case "Signature" -> " " + pool.text(int2(start));
            case "Exceptions" -> {
                StringBuilder text = new StringBuilder(" throws");
                for (int i = 0; i < int2(start); i++) {
                    text.append(' ').append(pool.className(int2(start + 2 + 2 * i)));
                }
                yield text.toString();
            }
            case "RuntimeVisibleAnnotations", "RuntimeInvisibleAnnotations", "RuntimeVisibleParameterAnnotations" -> {
                annotated(start, length);
                yield "";
            }
            default -> "";
        };
    }

    private void classAttribute(String attribute, int start, int length, Set<String> shown) {
        switch (attribute) {
            case "BootstrapMethods" -> {
                int at = start + 2;
                for (int left = int2(start); left > 0; left--) {
                    int[] bootstrap = new int[int2(at + 2)];
                    for (int i = 0; i < bootstrap.length; i++) {
                        bootstrap[i] = int2(at + 4 + 2 * i);
                    }
                    bootstraps.add(bootstrap);
                    at += 4 + 2 * bootstrap.length;
                }
            }
            case "Record" -> {
                int at = start + 2;
                for (int left = int2(start); left > 0; left--) {
                    components.add(pool.text(int2(at)));
                    componentTypes.addAll(types(pool.text(int2(at + 2))));
                    int attributes = int2(at + 4);
                    at += 6;
                    for (int i = 0; i < attributes; i++) {
                        if (pool.text(int2(at)).equals("Signature")) {
                            componentTypes.addAll(types(pool.text(int2(at + 6))));
                        } else {
                            described(pool.text(int2(at)), at + 6, int4(at + 2));
                        }
                        at += 6 + int4(at + 2);
                    }
                }
                shown.add("record " + components);
            }
            case "Signature", "PermittedSubclasses" ->
                shown.add(
                        attribute + " " + (attribute.equals("Signature") ? pool.text(int2(start)) : permitted(start)));
            default -> described(attribute, start, length);
        }
    }

    private String permitted(int start) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < int2(start); i++) {
            text.append(' ').append(pool.className(int2(start + 2 + 2 * i)));
        }
        return text.toString();
    }

    /** Annotations name types by descriptors in the pool; a number that isn't one does no harm here. */
    private void annotated(int start, int length) {
        for (int at = start; at + 1 < start + length; at++) {
            String text = pool.textOrEmpty(int2(at));
            if (text.startsWith("L") && text.endsWith(";")) {
                annotations.add(text.substring(1, text.length() - 1));
            }
            if (bytes[at - 1] == 's' && !text.isEmpty()) {
                annotated.add(text);
            }
        }
    }

    /** Returns the classes that a descriptor or a generic signature names. */
    static Set<String> types(String descriptor) {
        Set<String> found = new HashSet<>();
        Matcher matcher = TYPE.matcher(descriptor);
        for (int at = 0; matcher.find(at); at = matcher.end()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    private Method read(Code code, int flags) {
        Method method = new Method(
                code.method(),
                code.descriptor(),
                flags,
                new ArrayList<>(),
                new ArrayList<>(),
                new HashSet<>(),
                new HashSet<>(),
                new HashSet<>(),
                new HashSet<>());
        for (int at = 0; at < code.length(); at += Opcodes.length(bytes, code.start(), at)) {
            int place = code.start() + at;
            int opcode = bytes[place] & 0xff;
            switch (opcode) {
                case Opcodes.LDC -> constant(bytes[place + 1] & 0xff, method);
                case Opcodes.LDC_W, Opcodes.LDC2_W -> constant(int2(place + 1), method);
                case Opcodes.NEW -> method.made().add(pool.className(int2(place + 1)));
                case Opcodes.GETSTATIC, Opcodes.PUTSTATIC, Opcodes.GETFIELD, Opcodes.PUTFIELD ->
                    method.touched().add(pool.member(int2(place + 1)).owner());
                case Opcodes.INVOKEVIRTUAL, Opcodes.INVOKEINTERFACE ->
                    method.virtual().add(pool.member(int2(place + 1)));
                case Opcodes.INVOKESPECIAL, Opcodes.INVOKESTATIC ->
                    method.exact().add(pool.member(int2(place + 1)));
                case Opcodes.INVOKEDYNAMIC -> {
                    String made = pool.text(pool.second(pool.second(int2(place + 1))));
                    method.made().addAll(types(made.substring(made.indexOf(')'))));
                    for (int argument : bootstraps.get(pool.bootstrap(int2(place + 1)))) {
                        if (pool.tag(argument) == Pool.CLASS) {
                            method.touched().add(element(pool.className(argument)));
                        } else {
                            constant(argument, method);
                        }
                    }
                }
                case Opcodes.CHECKCAST, Opcodes.INSTANCEOF, Opcodes.ANEWARRAY, Opcodes.MULTIANEWARRAY ->
                    method.touched().add(element(pool.className(int2(place + 1))));
                default -> {}
            }
        }
        return method;
    }

    private void constant(int index, Method method) {
        switch (pool.tag(index)) {
            case Pool.STRING -> method.strings().add(pool.text(pool.first(index)));
            case Pool.CLASS -> method.held().add(element(pool.className(index)));
            case Pool.METHOD_HANDLE -> {
                Member member = pool.member(pool.second(index));
                int kind = pool.first(index);
                if (kind == 5 || kind == 9) {
                    method.virtual().add(member);
                } else if (kind > 4) {
                    method.exact().add(member);
                    if (kind == 8) {
                        method.made().add(member.owner());
                    }
                } else {
                    method.touched().add(member.owner());
                }
            }
            case Pool.DYNAMIC -> {
                for (int argument : bootstraps.get(pool.first(index))) {
                    constant(argument, method);
                }
            }
            default -> {}
        }
    }

    private static String element(String type) {
        if (!type.startsWith("[")) {
            return type;
        }
        String inner = type.replaceFirst("^\\[+", "");
        return inner.startsWith("L") ? inner.substring(1, inner.length() - 1) : "";
    }

    private int int2(int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }

    private int int4(int at) {
        return int2(at) << 16 | int2(at + 2);
    }
}
