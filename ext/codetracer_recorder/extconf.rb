# frozen_string_literal: true

# Builds the extension from its own sources and the producer side of libctrace (no other library).
# Used by the Makefile and by `gem install`. What depends on the Ruby version is asked for here or
# found at load time (vm_layout.c); no source compares version numbers.
require "mkmf"

root = File.expand_path("../..", __dir__)
libctrace = File.join(root, "libctrace")
producer = %w[base/status.c base/text.c base/text_secret.c
              spool/spool_map.c spool/spool_producer.c spool/spool_request.c spool/spool_wait.c]

$srcs = Dir[File.join(__dir__, "*.c")].map { |path| File.basename(path) } +
        producer.map { |path| File.basename(path) }
folders = producer.map { |path| File.join(libctrace, "src", File.dirname(path)) }.uniq
$VPATH.concat(["$(srcdir)", *folders])
$INCFLAGS << " -I#{libctrace}/include -I#{libctrace}/src"
$CFLAGS << " -std=gnu11 -D_GNU_SOURCE -O2 -fvisibility=hidden -Wall -Wextra -Wno-unused-parameter"
$CFLAGS << " -Wno-declaration-after-statement"

# A test's file, whose `__wrap_NAME` take the place of what the extension calls (test/shims).
unless ENV["CODETRACER_SHIM"].to_s.empty?
  shim = File.join(root, ENV["CODETRACER_SHIM"])
  $srcs << File.basename(shim)
  $VPATH << File.dirname(shim)
  $CFLAGS << " -U_FORTIFY_SOURCE -DFAULT_PART='\"ext:\"'"
  $DLDFLAGS << File.read(shim).scan(/^(?:__wrap_|(?:NOTE|REFUSE)\([^,]+, )(\w+)/)
                   .map { |(name)| " -Wl,--wrap=#{name}" }.join
end

have_header("ruby/ractor.h")
have_func("rb_ext_ractor_safe", "ruby.h")

have_func("RTYPEDDATA_GET_DATA(Qnil)", "ruby.h")

create_makefile("codetracer_recorder")
