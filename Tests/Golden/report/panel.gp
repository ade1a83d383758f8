# A figure of critsweep for gnuplot 5.4 or newer:  gnuplot -d THIS > FIGURE
# Elsewhere than on a screen: set terminal svg, pngcairo, pdfcairo, cairolatex …
set terminal svg size 640,480 fixed enhanced font 'Helvetica,15' background rgb '#FFFFFF'
set encoding utf8
set datafile missing 'NaN'
# x mean low high n complete nngp
$curve1 << END
0.5 0.065 0.057928932188134524 0.07207106781186548 2 1 0.05
1.0 0.11499999999999999 0.10792893218813451 0.12207106781186547 2 1 0.1
1.5 0.165 0.15792893218813453 0.17207106781186549 2 1 0.15
END
set border 3 lw 0.8 lc rgb '#000000'
set tics nomirror out scale 0.6
set errorbars 0.7
set xtics offset 0,0.4
set xlabel offset 0,0.6
set xrange [0.47:1.53]
set yrange [0.0:0.17817462120245875]
set xlabel 'weight variance {/:Italic g}'
set ylabel 'CKA({/:Italic C}_{L}, {/:Italic yy}^{T})'
set key above center horizontal Left reverse samplen 2 maxcols 2
set arrow 1 from first 1.375839, graph 0 to first 1.375839, graph 1 nohead back lc rgb '#777777' lw 1.5 dt 3
set title ' ' font ',10.5'
set label 10 '{/:Italic g}_{crit} = 1.376' at first 1.375839, graph 1 center offset 0,0.7 textcolor rgb '#555555'
set bmargin at screen 0.204
set label 100 'erf, {/:Italic N} = 100' at screen 0.012, screen 0.054 left font ',10.5' textcolor rgb '#555555'
set label 101 'xor; mean ± s.d. over 2 seeds; spec 0123456789ab' at screen 0.012, screen 0.022 left font ',10.5' textcolor rgb '#555555'
plot $curve1 using 1:7 with lines lw 1.6 dt 2 lc rgb '#0072B2' notitle, \
     $curve1 using 1:2 with lines lw 0.8 lc rgb '#0072B2' notitle, \
     $curve1 using 1:($6==1?$2:NaN):3:4 with yerrorbars lw 1.2 pt 7 ps 0.5 lc rgb '#0072B2' notitle, \
     keyentry with yerrorbars lw 1.2 pt 7 ps 0.5 lc rgb '#0072B2' title 'posterior, sampled', \
     keyentry with lines lw 1.6 dt 2 lc rgb '#0072B2' title 'infinite width (NNGP)'
