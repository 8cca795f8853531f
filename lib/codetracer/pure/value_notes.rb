# frozen_string_literal: true

# What is said of an object behind its class and number, and texts that stand for a whole object.
#
# Used by ValueTree for kinds that have no parts: a Proc, a Thread, a Time. Asked by the unbound
# originals, none of which calls the program. Mirrors ext/codetracer_recorder/snapshot_kind.c.
require_relative "core"
require_relative "table"
require_relative "text"

module CodeTracer
  module Pure
    class ValueNotes
      NOTE_SIZE_MAX = 512
      SOURCE_SIZE_MAX = 1024 - 64
      NS = 1_000_000_000
      DAY = 86_400
      PLACE = Core.take(Proc, :source_location)
      IS_LAMBDA = Core.take(Proc, :lambda?)
      OWNER = Core.take(Method, :owner)
      NAME = Core.take(Method, :name)
      UNBOUND_OWNER = Core.take(UnboundMethod, :owner)
      UNBOUND_NAME = Core.take(UnboundMethod, :name)
      THREAD_NAME = Core.take(Thread, :name)
      IS_ALIVE = Core.take(Thread, :alive?)
      IS_LOCKED = Core.take(Thread::Mutex, :locked?)
      QUEUE_SIZE = Core.take(Thread::Queue, :size)
      SIZED_QUEUE_SIZE = Core.take(Thread::SizedQueue, :size)
      SEED = Core.take(Random, :seed)
      SEED_SIZE_MAX = 192
      IO_WORDS = Core.take(IO, :inspect)
      FILENO = Core.take(IO, :fileno)
      IS_CLOSED = Core.take(IO, :closed?)
      CONTROL = Core.take(IO, :fcntl)
      GET_FLAGS = 3
      MODES = %w[r w rw].freeze
      SOURCE = Core.take(Regexp, :source)
      OPTIONS = Core.take(Regexp, :options)
      LETTERS = { Regexp::MULTILINE => "m", Regexp::IGNORECASE => "i",
                  Regexp::EXTENDED => "x" }.freeze
      SECONDS = Core.take(Time, :to_i)
      NANOSECONDS = Core.take(Time, :nsec)
      FRACTION = Core.take(Time, :subsec)
      DENOMINATOR = Core.take(Rational, :denominator)
      ENCODING_NAME = Core.take(Encoding, :name)
      NOTES = %i[
        unseen proc method unbound_method thread mutex queue sized_queue random enumerator io
      ].map { |sort| [sort, :"note_#{sort}"] }.to_h
      NOTES.merge!(time: :note_unseen, date: :note_unseen, date_time: :note_unseen,
                   regexp: :note_nothing, encoding: :note_nothing).freeze
      START = /\A#<(?:#<Class:0x\h+>|[^:>]|::)+:/n.freeze
      ENDING = / ?(?:\(closed\))?>\z/n.freeze
      FD_WORDS = /\Afd \d+\z/.freeze

      def initialize(kinds, string_size_max)
        @class_names, @date_texts = kinds.class_names, kinds.date_texts
        @string_size_max = string_size_max
      end

      # nil: there is nothing to say.
      def note(object, sort)
        text = send(NOTES.fetch(sort), object)
        text = Text.escape_part(text, NOTE_SIZE_MAX) if text
        text unless text.nil? || text.empty?
      rescue StandardError
        nil # an object that was never initialized
      end

      # [text, whether it was cut], or nil where only a note can be given.
      def text(object, sort)
        case sort
        when :regexp then text_of_regexp(object)
        when :time then text_of_time(object)
        when :date, :date_time then text_of_date(object, sort)
        when :encoding then [Text.escape(ENCODING_NAME.bind_call(object)), false]
        end
      rescue StandardError
        nil
      end

      private

      def note_unseen(_object)
        "not looked into"
      end

      def note_proc(object)
        place = PLACE.bind_call(object)
        words = place ? ["#{place[0]}:#{Text.decimal(place[1])}"] : []
        words << "(lambda)" if IS_LAMBDA.bind_call(object)
        words.join(" ")
      end

      def note_method(object)
        @class_names.method_name(OWNER.bind_call(object), NAME.bind_call(object))
      end

      def note_unbound_method(object)
        @class_names.method_name(UNBOUND_OWNER.bind_call(object), UNBOUND_NAME.bind_call(object))
      end

      def note_thread(object)
        name = THREAD_NAME.bind_call(object)
        words = name ? ["\"#{name}\""] : []
        words << "dead" unless IS_ALIVE.bind_call(object)
        words.join(" ")
      end

      def note_mutex(object)
        "locked" if IS_LOCKED.bind_call(object)
      end

      def note_queue(object)
        "#{Text.decimal(QUEUE_SIZE.bind_call(object))} waiting"
      end

      def note_sized_queue(object)
        "#{Text.decimal(SIZED_QUEUE_SIZE.bind_call(object))} waiting"
      end

      def note_random(object)
        seed = SEED.bind_call(object)
        size = (Scalars::BIT_LENGTH.bind_call(Scalars::MAGNITUDE.bind_call(seed)) + 7) / 8
        return "seed of #{Text.decimal(size)} bytes" if size > SEED_SIZE_MAX

        "seed #{Text.decimal(seed)}"
      end

      # Ruby code cannot ask for its receiver.
      def note_enumerator(_object)
        nil
      end

      # Of one that tells no text.
      def note_nothing(_object)
        nil
      end

      def note_io(object)
        words = path_words(IO_WORDS.bind_call(object))
        return words << "closed" if IS_CLOSED.bind_call(object)

        words << "fd #{FILENO.bind_call(object)} #{MODES[CONTROL.bind_call(object, GET_FLAGS) & 3]}"
      end

      # Of `#<File:/tmp/a (closed)>`: the path in quotes.
      def path_words(inspected)
        path = inspected.b.sub(START, "").sub(ENDING, "")
        path.empty? || FD_WORDS.match?(path) ? +"" : "\"#{path}\" ".b
      end

      # `/a+/mi`
      def text_of_regexp(regexp)
        source = Text.bytes(SOURCE.bind_call(regexp))
        kept = [source.bytesize, @string_size_max, SOURCE_SIZE_MAX].min
        kept -= 1 while kept.positive? && kept < source.bytesize &&
                        Text::CONTINUATION.cover?(source.getbyte(kept))
        options = OPTIONS.bind_call(regexp)
        letters = LETTERS.select { |bit, _| options & bit != 0 }.values.join
        is_cut = kept < source.bytesize
        ["/#{Text.escape_part(source, kept)}#{'…' if is_cut}/#{letters}", is_cut]
      end

      # `2026-11-28 18:20:00.5 UTC`; nil when it is finer than a nanosecond.
      def text_of_time(time)
        fraction = FRACTION.bind_call(time)
        return if Rational === fraction && NS % DENOMINATOR.bind_call(fraction) != 0

        days, seconds = SECONDS.bind_call(time).divmod(DAY)
        clock = format("%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
        ns = NANOSECONDS.bind_call(time)
        clock << format(".%09d", ns).sub(/0+\z/, "") if ns.positive?
        ["#{date(days)} #{clock} UTC", false]
      end

      def text_of_date(object, sort)
        text = @date_texts.text(object, sort == :date_time)
        [text, false] if text
      end

      # Of days since 1970, in the Gregorian calendar for ever.
      def date(days)
        era, day = (days + 719_468).divmod(146_097)
        year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        day -= 365 * year + year / 4 - year / 100
        month = (5 * day + 2) / 153
        day = day - (153 * month + 2) / 5 + 1
        year += 1 if month >= 10
        format("%04d-%02d-%02d", era * 400 + year, month < 10 ? month + 3 : month - 9, day)
      end
    end
  end
end
