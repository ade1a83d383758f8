# A figure of critsweep for gnuplot 5.4 or newer:  gnuplot -d THIS > FIGURE
# Elsewhere than on a screen: set terminal svg, pngcairo, pdfcairo, cairolatex …
set terminal svg size 640,480 fixed enhanced font 'Helvetica,15' background rgb '#FFFFFF'
set encoding utf8
set datafile missing 'NaN'
# x y xlow xhigh ylow yhigh mean complete
$cells << END
0.5 100.0 0.25 0.75 70.71067811865484 141.42135623730945 0.065 1
0.5 200.0 0.25 0.75 141.42135623730945 282.8427124746189 0.06 1
0.5 400.0 0.25 0.75 282.8427124746189 565.6854249492379 0.0575 1
1.0 100.0 0.75 1.25 70.71067811865484 141.42135623730945 0.11499999999999999 1
1.0 200.0 0.75 1.25 141.42135623730945 282.8427124746189 0.11000000000000001 1
1.0 400.0 0.75 1.25 282.8427124746189 565.6854249492379 0.10750000000000001 1
1.5 100.0 1.25 1.75 70.71067811865484 141.42135623730945 0.165 1
1.5 200.0 1.25 1.75 141.42135623730945 282.8427124746189 0.16 1
1.5 400.0 1.25 1.75 282.8427124746189 565.6854249492379 0.1575 1
END
set border 15 lw 0.8 lc rgb '#000000'
set tics nomirror out scale 0.6
set errorbars 0.7
set xtics offset 0,0.4
set xlabel offset 0,0.6
set xrange [0.25:1.75]
set logscale y
set yrange [70.71067811865484:565.6854249492379]
set ytics ('100' 100.0, '200' 200.0, '400' 400.0)
set xlabel 'weight variance {/:Italic g}'
set ylabel 'width {/:Italic N}'
unset key
set palette defined (0 '#440154', 1 '#472D7B', 2 '#3B528B', 3 '#2C728E', 4 '#21918C', 5 '#28AE80', 6 '#5EC962', 7 '#ADDC30', 8 '#FDE725') maxcolors 256
set cbrange [0.0575:0.165]
set cblabel 'CKA({/:Italic C}_{L}, {/:Italic yy}^{T})'
set colorbox noborder
set arrow 1 from first 1.375839, graph 0 to first 1.375839, graph 1 nohead front lc rgb '#FFFFFF' lw 1.5 dt 3
set title ' ' font ',10.5'
set label 10 '{/:Italic g}_{crit} = 1.376' at first 1.375839, graph 1 center offset 0,0.7
set bmargin at screen 0.204
set label 100 'erf' at screen 0.012, screen 0.054 left font ',10.5' textcolor rgb '#555555'
set label 101 'xor; mean over 2 seeds; spec 0123456789ab' at screen 0.012, screen 0.022 left font ',10.5' textcolor rgb '#555555'
plot $cells using 1:2:3:4:5:6:7 with boxxyerror fillcolor palette fillstyle solid noborder notitle
