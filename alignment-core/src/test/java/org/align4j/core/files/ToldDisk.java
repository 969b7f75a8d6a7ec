package org.align4j.core.files;

import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;

/** A program whose standard output has a line for each operation of the disk below one folder, once it is done. */
public final class ToldDisk {
    /** What such a line is. */
    public static final String TOLD = "disk";

    private ToldDisk() {}

    /** @param arguments the folder, the program's class, its arguments */
    public static void main(String[] arguments) throws Throwable {
        Path folder = Path.of(arguments[0]).toAbsolutePath().normalize();
        PrintStream out = System.out;
        Disk disk = CurrentDisk.get();
        CurrentDisk.replace((Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, values) -> {
                    try {
                        Object result = method.invoke(disk, values);
                        if (((Path) values[0]).toAbsolutePath().normalize().startsWith(folder)) {
                            out.print(TOLD + "\n");
                            out.flush();
                        }
                        return result;
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                }));
        Class.forName(arguments[1]).getMethod("main", String[].class).invoke(null, (Object)
                Arrays.copyOfRange(arguments, 2, arguments.length));
    }
}
