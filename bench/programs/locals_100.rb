# frozen_string_literal: true

# A hundred integers in scope, one of which changes on each line.
#
# 400,000 line events.
require_relative "../measure"

LINE_COUNT = 400_000

def run
  a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = 1
  b1 = b2 = b3 = b4 = b5 = b6 = b7 = b8 = b9 = 1
  c1 = c2 = c3 = c4 = c5 = c6 = c7 = c8 = c9 = 1
  d1 = d2 = d3 = d4 = d5 = d6 = d7 = d8 = d9 = 1
  e1 = e2 = e3 = e4 = e5 = e6 = e7 = e8 = e9 = 1
  f1 = f2 = f3 = f4 = f5 = f6 = f7 = f8 = f9 = 1
  g1 = g2 = g3 = g4 = g5 = g6 = g7 = g8 = g9 = 1
  h1 = h2 = h3 = h4 = h5 = h6 = h7 = h8 = h9 = 1
  k1 = k2 = k3 = k4 = k5 = k6 = k7 = k8 = k9 = 1
  m1 = m2 = m3 = m4 = m5 = m6 = m7 = m8 = m9 = 1
  n1 = n2 = n3 = n4 = n5 = n6 = n7 = n8 = 1
  i = 0
  sum = a1
  sum += [a1, b1, c1, d1, e1, f1, g1, h1, k1, m1, n1].size
  while i < 199_992
    sum += i
    i += 1
  end
end

Measure.section(line_count: LINE_COUNT) { run }
