# frozen_string_literal: true

# Builds the extension from its own sources and the producer side of libctrace (no other library).
require "mkmf"

root = File.expand_path("../..", __dir__)
libctrace = File.join(root, "libctrace")
producer = %w[base/status.c spool/spool_map.c spool/spool_producer.c spool/spool_wait.c]

$srcs = Dir[File.join(__dir__, "*.c")].map { |path| File.basename(path) } +
        producer.map { |path| File.basename(path) }
$VPATH.concat(["$(srcdir)", *producer.map { |path| File.join(libctrace, "src", File.dirname(path)) }.uniq])
$INCFLAGS << " -I#{libctrace}/include -I#{libctrace}/src"
$CFLAGS << " -std=gnu11 -D_GNU_SOURCE -O2 -fvisibility=hidden -Wall -Wextra -Wno-unused-parameter"
$CFLAGS << " -Wno-declaration-after-statement"

have_header("ruby/ractor.h")
have_func("rb_ext_ractor_safe", "ruby.h")

have_func("RTYPEDDATA_GET_DATA(Qnil)", "ruby.h")

create_makefile("codetracer_recorder")
