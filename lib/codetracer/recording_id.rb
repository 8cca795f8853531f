# frozen_string_literal: true

# The identity of a recording: a UUIDv7, 48 bits of milliseconds, the rest random.
#
# Used where no extension makes it: by the pure recorder, and for a program that is followed, whose
# parent names it before it runs. Mirrors libctrace/src/spool/spool_request.c.
module CodeTracer
  module RecordingId
    module_function

    def make
      milliseconds = (Time.now.to_f * 1000).to_i
      high, low = Random.urandom(10).unpack("nQ")
      format("%08x-%04x-7%03x-%04x-%012x", milliseconds >> 16, milliseconds & 0xFFFF,
             high & 0xFFF, 0x8000 | low >> 48 & 0x3FFF, low & 0xFFFF_FFFF_FFFF)
    end
  end
end
