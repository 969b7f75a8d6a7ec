import com.sun.jdi.Bootstrap;
import com.sun.jdi.Method;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.LaunchingConnector;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.MethodEntryEvent;
import com.sun.jdi.event.MethodExitEvent;
import com.sun.jdi.event.VMDisconnectEvent;
import com.sun.jdi.request.EventRequest;
import com.sun.jdi.request.MethodEntryRequest;
import com.sun.jdi.request.MethodExitRequest;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.encode.RowEncoder;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.RowRules;
import org.align4j.core.text.TextEncoder;

/**
 * Follows one row of a preference file through the reader, from its line to its training row, and prints the way: the types of {@code
 * core.data} in the order in which they are first entered, and the returns, calls into a type that was left before (entered, and all its
 * calls ended). A call that is made again from the same method counts once; a nested type counts as the one around it. The row is the
 * second of the file, so that nothing is initialised on its way. A row of the demo's pairs may have 20 returns at most; it has 19.
 *
 * <p>{@code java -cp "LIB/*" docs/bench/RowWay.java [FILE [MODEL]]}, in the repository; LIB is that of the built zip
 */
class RowWay {
    private static final String DATA = "org.align4j.core.data.";

    private final Set<String> entered = new LinkedHashSet<>();
    private final Map<String, Integer> returns = new LinkedHashMap<>();

    public static void main(String[] words) throws Exception {
        if (words.length == 3 && words[0].equals("read")) {
            read(Path.of(words[1]), Path.of(words[2]));
            return;
        }
        String file = words.length > 0 ? words[0] : "data/demo/train.jsonl";
        String model = words.length > 1 ? words[1] : "data/demo/model";
        new RowWay().follow(file, model);
    }

    private static void read(Path file, Path model) {
        RowRules rules = new RowRules(BadRows.ERROR, null, 1024);
        new RowEncoder(() -> TextEncoder.load(model, null, null, Map.of()), Integer.MAX_VALUE, rules)
                .pairs(RowSource.of(file));
    }

    private void follow(String file, String model) throws Exception {
        LaunchingConnector connector = Bootstrap.virtualMachineManager().defaultConnector();
        var arguments = connector.defaultArguments();
        arguments.get("options").setValue("-cp \"" + System.getProperty("java.class.path") + "\"");
        arguments.get("main").setValue("docs/bench/RowWay.java read " + file + " " + model);
        VirtualMachine machine = connector.launch(arguments);
        MethodEntryRequest entries = machine.eventRequestManager().createMethodEntryRequest();
        MethodExitRequest exits = machine.eventRequestManager().createMethodExitRequest();
        entries.addClassFilter(DATA + "*");
        exits.addClassFilter(DATA + "*");
        for (EventRequest request : List.of(entries, exits)) {
            request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
            request.enable();
        }
        machine.resume();
        Map<String, List<Call>> threads = collect(machine);
        take(threads.remove("main"), "JsonFile", "readLine");
        take(Collections.max(threads.values(), Comparator.comparingInt(List::size)), "RowTokens", "outcome");
        print(file);
    }

    /** A method of a type, called or left. */
    private record Call(boolean begins, String type, String method) {
        static Call of(boolean begins, Method method) {
            String type = method.declaringType().name().replaceFirst("\\$.*", "");
            return new Call(begins, type.replace(DATA, ""), method.name());
        }

        boolean marks(String name, String called) {
            return type.endsWith(name) && method.equals(called);
        }

        @Override
        public String toString() {
            return type + "." + method;
        }
    }

    /** Returns the calls of each thread in their order: {@code main} reads, the others encode. */
    private static Map<String, List<Call>> collect(VirtualMachine machine) throws InterruptedException {
        Map<String, List<Call>> threads = new LinkedHashMap<>();
        while (true) {
            EventSet events = machine.eventQueue().remove();
            for (Event event : events) {
                if (event instanceof VMDisconnectEvent) {
                    return threads;
                }
                if (event instanceof MethodEntryEvent in) {
                    calls(threads, in.thread()).add(Call.of(true, in.method()));
                } else if (event instanceof MethodExitEvent out) {
                    calls(threads, out.thread()).add(Call.of(false, out.method()));
                }
            }
            events.resume();
        }
    }

    private static List<Call> calls(Map<String, List<Call>> threads, ThreadReference thread) {
        return threads.computeIfAbsent(
                thread.name().equals("main") ? "main" : thread.name() + thread.uniqueID(), name -> new ArrayList<>());
    }

    /** Takes the second outermost call of a method with all the calls that it makes. */
    private void take(List<Call> calls, String type, String method) {
        Deque<Call> stack = new ArrayDeque<>();
        int depth = 0;
        int seen = 0;
        for (Call call : calls) {
            boolean marks = call.marks(type, method);
            if (marks && call.begins && depth++ == 0) {
                seen++;
            }
            if (depth > 0 && seen == 2) {
                if (call.begins) {
                    enter(stack, call);
                } else {
                    stack.pop();
                }
            }
            if (marks && !call.begins) {
                depth--;
            }
        }
    }

    private void enter(Deque<Call> stack, Call call) {
        Call from = stack.peek();
        boolean open = stack.stream().anyMatch(below -> below.type.equals(call.type));
        if (!entered.add(call.type) && !open) {
            returns.merge((from == null ? "" : from + " -> ") + call, 1, Integer::sum);
        }
        stack.push(call);
    }

    private void print(String file) {
        System.out.println("The way of a row of " + file + ":");
        entered.forEach(type -> System.out.println("  " + type));
        System.out.println("Returns, each with how often it is called:");
        returns.forEach((call, times) -> System.out.println("  " + call + " (" + times + ")"));
        System.out.println(entered.size() + " types, " + returns.size() + " returns, "
                + returns.values().stream().mapToInt(Integer::intValue).sum() + " calls");
    }
}
