# frozen_string_literal: true

# Date and DateTime as text, asked by the methods of the library written in C.
#
# Used by ValueKinds and ValueNotes. Mirrors ext/codetracer_recorder/snapshot_date.c. Taken from the
# class when an object of it is seen first; where the program has replaced one of these methods, its
# dates are not looked into.
require_relative "core"

module CodeTracer
  module Pure
    class DateTexts
      YEARS = (-4712..99_999).freeze # others the library keeps in two numbers
      PARTS = %i[year mon mday].freeze
      CLOCK = %i[hour min sec sec_fraction offset].freeze
      INSTANCE_METHOD = Core.take(Module, :instance_method)
      SOURCE = Core.take(UnboundMethod, :source_location)
      METHODS = { "Date" => PARTS, "DateTime" => CLOCK }.freeze
      NS = 1_000_000_000
      DAY = 86_400

      def initialize
        @readers = {}
      end

      # Whether `klass`, of that name, is the library's own.
      def learn(klass, name)
        names = METHODS.fetch(name)
        methods = names.map { |method| INSTANCE_METHOD.bind_call(klass, method) }
        return false unless methods.all? { |method| SOURCE.bind_call(method).nil? }

        names.zip(methods) { |part, method| @readers[part] ||= method }
        name == "Date" || learn(Core::SUPERCLASS.bind_call(klass), "Date")
      rescue NameError
        false
      end

      # nil: it is not looked into.
      def text(date, has_clock)
        year, month, day = PARTS.map { |part| read(date, part) }
        return unless YEARS.cover?(year)

        text = format("%s%04d-%02d-%02d", year.negative? ? "-" : "", year.abs, month, day)
        return text unless has_clock

        clock = clock_of(date)
        clock && text + clock
      end

      private

      def clock_of(date)
        hour, minute, second, fraction, offset = CLOCK.map { |part| read(date, part) }
        ns = fraction * NS
        offset *= DAY
        return unless ns.denominator == 1

        text = format("T%02d:%02d:%02d", hour, minute, second)
        text << format(".%09d", ns).sub(/0+\z/, "") if ns.positive?
        text << format("%s%02d:%02d", offset.negative? ? "-" : "+", offset.abs.to_i / 3600,
                       offset.abs.to_i / 60 % 60)
      end

      def read(date, part)
        @readers[part].bind_call(date)
      end
    end
  end
end
